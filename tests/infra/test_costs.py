"""The costs that docs/deploy.md tells are those that `make costs` computes, from what the stages and a day really are."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.infra.templates import ROOT, STAGES, manifest, manifests

PAGE = ROOT / "docs/deploy.md"


def test_the_page_shows_what_make_costs_prints() -> None:
    from costs import table

    assert table() in PAGE.read_text(encoding="utf-8")


def test_the_page_asks_for_the_quotas_that_the_stages_need() -> None:
    from environments import DEV
    from quotas import needed, table

    page = PAGE.read_text(encoding="utf-8")
    assert table() in page
    asked = re.findall(r"request-service-quota-increase .* --quota-code (\S+) --desired-value (\d+)", page)
    assert {code: int(cpus) for code, cpus in asked} == needed(DEV), "the page's own stage is dev"
    assert "aws iam create-service-linked-role --aws-service-name spot.amazonaws.com" in page


@pytest.mark.parametrize("stage", STAGES)
def test_all_workers_and_what_always_stands_fit_into_the_quotas(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS
    from quotas import HOST_CPUS, ON_DEMAND, SPOT, needed

    asked = needed(ENVIRONMENTS[stage])
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]
    (types,) = (
        each["values"]
        for each in pool["template"]["spec"]["requirements"]
        if each["key"] == "karpenter.sh/capacity-type"
    )
    assert ("spot" in types) is (SPOT in asked)
    assert asked.get(SPOT, int(pool["limits"]["cpu"])) == int(pool["limits"]["cpu"])
    host = stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["InstanceType"]
    assert (host, HOST_CPUS) == ("t3.medium", 2)
    workers = int(pool["limits"]["cpu"]) if "on-demand" in types else 0
    assert asked[ON_DEMAND] > workers + HOST_CPUS


@pytest.mark.parametrize("stage", STAGES)
def test_warm_workers_are_paid_for_as_long_as_they_are_kept(stacks: Any, stage: str) -> None:
    from costs import PREWARMED_MINUTES

    scaled = manifest(stacks(stage, "cluster"), "ScaledObject", "worker")["spec"]
    (warm,) = (each["metadata"] for each in scaled["triggers"] if each["type"] == "cron")
    (begin, first), (end, last) = (map(int, warm[name].split()[:2]) for name in ("start", "end"))
    assert (last * 60 + end - first * 60 - begin) % (24 * 60) == PREWARMED_MINUTES


@pytest.mark.parametrize("stage", STAGES)
def test_a_worker_costs_as_much_of_a_node_as_its_pool_has_room_for(stacks: Any, stage: str) -> None:
    from costs import per_million
    from environments import ENVIRONMENTS

    (how,) = (line.how for line in per_million(ENVIRONMENTS[stage]) if line.what == "workers")
    counted = re.search(r"([\d.]+) CPUs each", how)
    assert counted
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]
    assert int(pool["limits"]["cpu"]) == round(ENVIRONMENTS[stage].run.max_workers * float(counted[1]))


def test_every_price_names_its_page() -> None:
    text = "".join((ROOT / place).read_text() for place in ("cdk/prices.py", "src/labeler/planning/prices.py"))
    lines = re.findall(r'^    "[^"]+": Price\(.*$', text, re.MULTILINE)
    assert len(lines) > 20
    assert [line for line in lines if "# aws.amazon.com/" not in line and "# same page" not in line] == []
    assert "from memory" in text
    assert "from memory" in PAGE.read_text()


@pytest.mark.parametrize("stage", STAGES)
def test_prices_are_those_of_the_stages_region_and_of_the_workers_machines(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS
    from labeler.planning.prices import PRICES, REGION

    assert ENVIRONMENTS[stage].region == REGION
    (pool,) = (found["spec"] for found in manifests(stacks(stage, "cluster")) if found["kind"] == "NodePool")
    wanted = {rule["key"]: rule["values"] for rule in pool["template"]["spec"]["requirements"]}
    # Intel's, where the workers' nodes are; Graviton would be c7g
    assert wanted["kubernetes.io/arch"] == ["amd64"]
    assert [name for name in PRICES if name.startswith("compute")] == ["compute c7i"]


def per_unit(recorded: Mapping[str, Any], *actions: str, but_files: bool = False) -> float:
    """How much more a day of more units asks for, each: the difference of two plain days."""
    few, many = recorded["plain"]
    asked = [
        sum(found.get(action, 0) for role, found in day.items() if role != "day" for action in actions)
        - (day["day"]["files"] if but_files else 0)
        for day in (few, many)
    ]
    return (asked[1] - asked[0]) / (many["day"]["units"] - few["day"]["units"])


def test_a_file_is_read_once_and_a_unit_asks_for_what_the_costs_say(recorded: Mapping[str, Any]) -> None:
    from labeler.planning.prices import REQUESTS_PER_UNIT

    sqs = [f"sqs:{action}" for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")]
    found = {
        "S3 GET": per_unit(recorded, "s3:GetObject", but_files=True),
        "S3 PUT": per_unit(recorded, "s3:PutObject"),
        "SQS": per_unit(recorded, *sqs) + 1,  # and S3's own message of the receipt
        # both parts of a transaction cost two units each
        "DynamoDB write": 2 * per_unit(recorded, "dynamodb:UpdateItem"),
        "DynamoDB read": per_unit(recorded, "dynamodb:GetItem", "dynamodb:Query"),
    }
    assert found == pytest.approx(REQUESTS_PER_UNIT, abs=0.5)


@pytest.mark.parametrize("stage", STAGES)
def test_what_stands_is_what_is_counted(stacks: Any, stage: str) -> None:
    from costs import OTHER_KEYS
    from endpoints import INTERFACE_ENDPOINTS
    from environments import ENVIRONMENTS

    platform = ENVIRONMENTS[stage].platform
    made = stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
    interfaces = [endpoint for endpoint in made if endpoint.get("VpcEndpointType") == "Interface"]
    assert len(interfaces) == len(INTERFACE_ENDPOINTS)
    assert {len(endpoint["SubnetIds"]) for endpoint in interfaces} == {platform.zones}
    assert len(stacks(stage, "network").of_type("AWS::EC2::NatGateway")) == platform.nat_gateways
    volume = stacks(stage, "experiments").one("AWS::EFS::FileSystem")
    assert volume["ThroughputMode"] == "elastic", "bursting and provisioned throughput cost otherwise"
    assert "AvailabilityZoneName" not in volume, "one zone costs less"
    parts = ("data", "cluster", "observability", "network", "registry", "experiments", "pipeline", "monitoring")
    assert sum(len(stacks(stage, part).of_type("AWS::KMS::Key")) for part in parts) == len(OTHER_KEYS)
    watched = [
        entry
        for alarm in stacks(stage, "observability").of_type("AWS::CloudWatch::Alarm").values()
        for entry in alarm.get("Metrics", [{"MetricStat": True}])
        if "MetricStat" in entry
    ]
    from costs import alarm_metrics

    assert len(watched) == alarm_metrics(ENVIRONMENTS[stage])


@pytest.mark.parametrize("stage", STAGES)
def test_the_system_nodes_that_are_counted_hold_what_runs_on_them(stacks: Any, stage: str) -> None:
    """Requests of the pods that always run; two cores a node."""
    from costs import NODES_A_ZONE
    from environments import ENVIRONMENTS
    from workloads import keda

    always = [
        m["spec"]
        for m in manifests(stacks(stage, "cluster"))
        if m["kind"] == "Deployment" and m["spec"].get("replicas")
    ]
    asked = sum(
        spec["replicas"] * cores(container["resources"]["requests"]["cpu"])
        for spec in always
        for container in spec["template"]["spec"]["containers"]
    )
    asked += sum(2 * cores(part["requests"]["cpu"]) for part in keda.values()["resources"].values())
    platform = ENVIRONMENTS[stage].platform
    assert asked < 2 * NODES_A_ZONE * platform.zones


def cores(text: str) -> float:
    return int(text.removesuffix("m")) / 1000 if text.endswith("m") else float(text)
