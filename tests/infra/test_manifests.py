"""The Kubernetes objects as kubectl gets them: valid for the cluster's version, and what protects a run."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest

from tests.infra.templates import STAGES, manifest, manifests

pytestmark = pytest.mark.parametrize("stage", STAGES)

# Not in Kubernetes' own schemas: KEDA's have their own test, EKS's are published nowhere as a schema.
OF_OTHERS = {
    "ScaledObject",
    "TriggerAuthentication",
    "NodeClass",
    "NodePool",
    "TargetGroupBinding",
    "SecretProviderClass",
}
NEWER_THAN_SCHEMA = {("spec", "fallback", "behavior")}
"""In KEDA since 2.17; the schema package for this Python is of 2.16."""


@pytest.fixture
def objects(stacks: Any, stage: str) -> list[dict[str, Any]]:
    return manifests(stacks(stage, "cluster"))


def worker_pod(stacks: Any, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest(stacks(stage, "cluster"), "Deployment", "worker")["spec"]["template"]
    return found


def scaled(stacks: Any, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = manifest(stacks(stage, "cluster"), "ScaledObject", "worker")["spec"]
    return found


def trigger(stacks: Any, stage: str, name: str) -> dict[str, Any]:
    (found,) = (t for t in scaled(stacks, stage)["triggers"] if t["name"] == name)
    return dict(found)


def test_every_object_is_valid_for_the_cluster_s_version(objects: list[dict[str, Any]]) -> None:
    from parts.cluster import KUBERNETES

    known = [found for found in objects if found["kind"] not in OF_OTHERS]
    assert len(known) > 12
    for found in known:
        kubernetes_validate.validate(found, KUBERNETES, strict=True)


def test_the_version_that_is_validated_is_the_cluster_s(stacks: Any, stage: str) -> None:
    from parts.cluster import KUBERNETES

    assert stacks(stage, "cluster").one("AWS::EKS::Cluster")["Version"] == KUBERNETES


def test_keda_s_objects_are_valid_by_its_own_definitions(stacks: Any, stage: str) -> None:
    from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication

    for model, name in ((ScaledObject, "worker"), (TriggerAuthentication, "keda-operator")):
        found = manifest(stacks(stage, "cluster"), model.__name__, name)
        understood = model.model_validate(found).model_dump(by_alias=True, exclude_unset=True, mode="json")
        assert set(paths(found)) - set(paths(understood)) <= NEWER_THAN_SCHEMA


def paths(value: Any, here: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Of every leaf."""
    match value:
        case dict():
            for key, part in value.items():
                yield from paths(part, (*here, key))
        case list():
            for part in value:
                yield from paths(part, here)
        case _:
            yield here


def test_keda_takes_all_of_a_trigger_s_values_as_text(stacks: Any, stage: str) -> None:
    for found in scaled(stacks, stage)["triggers"]:
        assert all(isinstance(value, str) for value in found["metadata"].values()), found["name"]


def test_workers_follow_the_metric_that_completion_emits(
    stacks: Any, stage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    import json

    from labeler.telemetry import Measure, Metric, emit

    emit("completion", [Measure(Metric.WORKERS_NEEDED, 7)])
    line = json.loads(capsys.readouterr().out)
    (told,) = line["_aws"]["CloudWatchMetrics"]
    asked = trigger(stacks, stage, "workers-needed")["metadata"]
    assert asked["namespace"] == told["Namespace"]
    assert asked["metricName"] in {metric["Name"] for metric in told["Metrics"]}
    assert told["Dimensions"] == [[asked["dimensionName"]]]
    assert line[asked["dimensionName"]] == asked["dimensionValue"]
    assert asked["targetMetricValue"] == "1"
    assert asked["minMetricValue"] == "0"


def test_without_a_forecast_the_queue_scales_and_units_in_hand_count(stacks: Any, stage: str) -> None:
    asked = trigger(stacks, stage, "queue-depth")["metadata"]
    assert asked["scaleOnInFlight"] == "true"
    assert "Work" in asked["queueURL"]
    assert int(asked["queueLength"]) == 450  # 1,800 s at 500 files a second, 2,000 files a unit


def test_workers_are_warm_before_the_run_and_gone_after_it(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    run = ENVIRONMENTS[stage].run
    asked = trigger(stacks, stage, "before-the-run")["metadata"]
    assert asked["desiredReplicas"] == str(run.prewarmed_workers)
    before, after = (minute_of_the_day(asked[edge]) for edge in ("start", "end"))
    opens = 60 * run.opens_at.hour + run.opens_at.minute
    # a node takes a minute, an image and a model another
    assert before <= opens - 5
    assert after > opens
    assert scaled(stacks, stage)["minReplicaCount"] == 0
    assert scaled(stacks, stage)["maxReplicaCount"] == run.max_workers


def minute_of_the_day(cron: str) -> int:
    minute, hour, *every_day = cron.split()
    assert every_day == ["*", "*", "*"]
    return 60 * int(hour) + int(minute)


def test_all_workers_may_come_at_once_and_leave_slowly(stacks: Any, stage: str) -> None:
    behavior = scaled(stacks, stage)["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
    assert behavior["scaleUp"]["policies"] == [
        {"type": "Pods", "value": scaled(stacks, stage)["maxReplicaCount"], "periodSeconds": 15}
    ]
    assert behavior["scaleDown"]["stabilizationWindowSeconds"] >= 300
    assert scaled(stacks, stage)["cooldownPeriod"] >= 300


def test_a_worker_has_longer_to_leave_than_a_unit_and_its_drain_take(stacks: Any, stage: str) -> None:
    pod = worker_pod(stacks, stage)["spec"]
    variables = {entry["name"]: entry["value"] for entry in pod["containers"][0]["env"]}
    unit, drain = float(variables["LABELER_UNIT_TIMEOUT_S"]), float(variables["LABELER_DRAIN_TIMEOUT_S"])
    assert pod["terminationGracePeriodSeconds"] > unit + drain
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]["template"]["spec"]
    assert int(pool["terminationGracePeriod"].removesuffix("s")) > pod["terminationGracePeriodSeconds"]


def test_no_node_is_taken_away_under_a_worker(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

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
    assert in_the_run["schedule"] == trigger(stacks, stage, "before-the-run")["metadata"]["start"]
    assert begins < opens
    assert begins + lasts > opens + 2 * run.deadline_s / 60
    budget = manifest(stacks(stage, "cluster"), "PodDisruptionBudget", "worker")["spec"]
    assert budget["maxUnavailable"] == "10%"


def test_a_deployment_leaves_the_number_of_workers_to_keda(stacks: Any, stage: str) -> None:
    assert "replicas" not in manifest(stacks(stage, "cluster"), "Deployment", "worker")["spec"]


def test_a_worker_gets_the_variables_that_its_settings_read(stacks: Any, stage: str) -> None:
    from labeler.settings import PREFIX, WorkerSettings

    found = {entry["name"]: entry["value"] for entry in worker_pod(stacks, stage)["spec"]["containers"][0]["env"]}
    own = {name: value for name, value in found.items() if name.startswith(PREFIX)}
    assert WorkerSettings.from_environment(own).as_environment() == own


def test_a_worker_s_memory_holds_its_peak_and_what_it_unpacks(stacks: Any, stage: str) -> None:
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


def test_pods_are_nobody_with_nothing_to_write_to(objects: list[dict[str, Any]]) -> None:
    pods = [found["spec"]["template"]["spec"] for found in objects if found["kind"] == "Deployment"]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert not container["image"].endswith(":latest")


def test_our_namespaces_refuse_other_pods(objects: list[dict[str, Any]]) -> None:
    enforced = {
        found["metadata"]["name"]: found["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for found in objects
        if found["kind"] == "Namespace"
    }
    assert {enforced[name] for name in ("labeler", "registry", "keda")} == {"restricted"}


def test_nobody_calls_a_worker_and_all_else_is_denied(stacks: Any, stage: str, objects: list[dict[str, Any]]) -> None:
    policies = [found for found in objects if found["kind"] == "NetworkPolicy"]
    closed = {p["metadata"]["namespace"] for p in policies if p["spec"]["podSelector"] == {}}
    assert closed == {"labeler", "registry", "jobs"}
    worker = manifest(stacks(stage, "cluster"), "NetworkPolicy", "worker")["spec"]
    assert "ingress" not in worker
    assert set(worker["policyTypes"]) == {"Ingress", "Egress"}
    enforcing = manifest(stacks(stage, "cluster"), "ConfigMap", "amazon-vpc-cni")
    assert enforcing["data"]["enable-network-policy-controller"] == "true"


def test_workers_run_in_subnets_without_a_way_out(stacks: Any, stage: str) -> None:
    from parts.network import ROLE_TAG, WORKERS

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


def test_the_registry_s_server_gets_all_that_it_refuses_to_start_without(stacks: Any, stage: str) -> None:
    import re

    from tests.infra.templates import ROOT

    (container,) = manifest(stacks(stage, "cluster"), "Deployment", "mlflow")["spec"]["template"]["spec"]["containers"]
    given = {entry["name"]: entry.get("value") for entry in container["env"]}
    asked = set(re.findall(r"\$\{(MLFLOW_\w+):-\}", (ROOT / "containers/mlflow/serve").read_text()))
    assert len(asked) == 3
    assert asked | {"PGHOST", "PGUSER", "PGDATABASE", "PGPASSWORD"} <= given.keys()
    assert given["PGPASSWORD"] is None  # from a secret, never a value
    assert given["MLFLOW_BACKEND_STORE_URI"] == "postgresql+psycopg2://"
    function = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")
    inside, session = given["MLFLOW_SERVER_ALLOWED_HOSTS"].split(",")
    assert function["Environment"]["Variables"]["LABELER_REGISTRY_URI"] == f"http://{inside}"
    assert session == "localhost:5000", "what .github/delivery/with-registry forwards"


def test_the_registry_s_password_comes_from_secrets_manager_and_may_change(stacks: Any, stage: str) -> None:
    import json

    template = stacks(stage, "cluster")
    provided = manifest(template, "SecretProviderClass", "mlflow")["spec"]
    assert provided["parameters"]["usePodIdentity"] == "true"
    assert [alias["path"] for alias in json.loads(provided["parameters"]["objects"])[0]["jmesPath"]] == ["password"]
    pod = manifest(template, "Deployment", "mlflow")["spec"]["template"]["spec"]
    (password,) = (entry for entry in pod["containers"][0]["env"] if entry["name"] == "PGPASSWORD")
    assert password["valueFrom"]["secretKeyRef"]["name"] == provided["secretObjects"][0]["secretName"]
    assert any(volume.get("csi", {}).get("driver") == "secrets-store.csi.k8s.io" for volume in pod["volumes"])
    assert "psycopg2.connect" in pod["containers"][0]["livenessProbe"]["exec"]["command"][2]
