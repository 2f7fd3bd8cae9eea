"""The worker's pod, and the nodes that it runs on."""

from typing import Any

import pytest

from cdk.cluster.network import ROLE_TAG, WORKERS
from cdk.environments import ENVIRONMENTS
from labeler.settings import PREFIX, WorkerSettings
from tests.infra.objects import manifest, minute_of_the_day, scaling_trigger
from tests.infra.templates import STAGES

pytestmark = pytest.mark.parametrize("stage", STAGES)


def worker_pod(stacks: Any, stage: str) -> dict[str, Any]:
    pod: dict[str, Any] = manifest(stacks(stage, "cluster"), "Deployment", "worker")["spec"]["template"]
    return pod


def test_grace_period_is_longer_than_a_unit_and_its_drain(stacks: Any, stage: str) -> None:
    pod = worker_pod(stacks, stage)["spec"]
    variables = {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]}
    unit, drain = float(variables["LABELER_UNIT_TIMEOUT_S"]), float(variables["LABELER_DRAIN_TIMEOUT_S"])
    assert pod["terminationGracePeriodSeconds"] > unit + drain
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]["template"]["spec"]
    assert int(pool["terminationGracePeriod"].removesuffix("s")) > pod["terminationGracePeriodSeconds"]


def test_no_node_is_disrupted_under_a_worker_during_the_run(stacks: Any, stage: str) -> None:
    assert worker_pod(stacks, stage)["metadata"]["annotations"] == {"karpenter.sh/do-not-disrupt": "true"}
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmpty"
    # with a grace period set, drift does not ask the pods
    always, in_the_run = pool["disruption"]["budgets"]
    assert always == {"nodes": "10%"}
    assert (in_the_run["nodes"], in_the_run["reasons"]) == ("0", ["Drifted"])
    run = ENVIRONMENTS[stage].run
    opens = 60 * run.opens_at.hour + run.opens_at.minute
    begins, lasts = minute_of_the_day(in_the_run["schedule"]), 60 * int(in_the_run["duration"].removesuffix("h"))
    assert in_the_run["schedule"] == scaling_trigger(stacks, stage, "before-the-run")["metadata"]["start"]
    assert begins < opens
    assert begins + lasts > opens + 2 * run.deadline_s / 60
    budget = manifest(stacks(stage, "cluster"), "PodDisruptionBudget", "worker")["spec"]
    assert budget["maxUnavailable"] == "10%"


def test_deployment_leaves_the_number_of_workers_to_keda(stacks: Any, stage: str) -> None:
    assert "replicas" not in manifest(stacks(stage, "cluster"), "Deployment", "worker")["spec"]


def test_worker_has_exactly_the_variables_that_its_settings_read(stacks: Any, stage: str) -> None:
    variables = {entry["name"]: entry["value"] for entry in worker_pod(stacks, stage)["spec"]["containers"][0]["env"]}
    own = {name: value for name, value in variables.items() if name.startswith(PREFIX)}
    assert WorkerSettings.from_environment(own).as_environment() == own


def test_memory_limit_holds_the_peak_and_the_temporary_files(stacks: Any, stage: str) -> None:
    """`make bench`: 620 MB at most; /tmp is memory, too."""
    pod = worker_pod(stacks, stage)["spec"]
    resources = pod["containers"][0]["resources"]
    (temporary,) = (v["emptyDir"] for v in pod["volumes"])
    assert temporary["medium"] == "Memory"
    assert resources["requests"]["memory"] == resources["limits"]["memory"]
    assert mebibytes(resources["limits"]["memory"]) >= 620 * 1e6 / 2**20 + mebibytes(temporary["sizeLimit"])
    assert resources["requests"]["cpu"] == "1"
    assert "cpu" not in resources["limits"]


def mebibytes(quantity: str) -> float:
    return float(quantity.removesuffix("Mi"))


def test_workers_run_in_subnets_without_a_route_to_the_internet(stacks: Any, stage: str) -> None:
    (terms,) = manifest(stacks(stage, "cluster"), "NodeClass", "workers")["spec"]["subnetSelectorTerms"]
    assert terms == {"tags": {ROLE_TAG: WORKERS}}
    tagged = {
        name
        for name, subnet in stacks(stage, "network").of_type("AWS::EC2::Subnet").items()
        if {"Key": ROLE_TAG, "Value": WORKERS} in subnet["Tags"]
    }
    assert tagged
    assert all("Vpcworkers" in name for name in tagged)
    pod = worker_pod(stacks, stage)["spec"]
    assert pod["nodeSelector"] == {"labeler/pool": "workers"}
