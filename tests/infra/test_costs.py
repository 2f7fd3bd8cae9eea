"""The costs that docs/deploy.md tells are those that `make costs` computes, from what the stages and a day really are."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from cdk.cluster.endpoints import INTERFACE_ENDPOINTS
from cdk.costs import tables
from cdk.costs.monthly import NODES_A_ZONE, OTHER_KEYS, PREWARMED_MINUTES, alarm_metrics
from cdk.costs.per_million import per_million
from cdk.environments import ENVIRONMENTS
from cdk.run import keda
from labeler.planning.prices import PRICES, REGION, REQUESTS_PER_UNIT
from tests.infra.objects import manifest, manifests
from tests.infra.templates import ROOT, STAGES

PAGE = ROOT / "docs/deploy.md"


def test_page_shows_the_tables_that_make_costs_prints() -> None:
    assert tables.costs() in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("stage", STAGES)
def test_prewarmed_workers_cost_as_many_minutes_as_keda_keeps_them(stacks: Any, stage: str) -> None:
    scaled = manifest(stacks(stage, "cluster"), "ScaledObject", "worker")["spec"]
    (warm,) = (each["metadata"] for each in scaled["triggers"] if each["type"] == "cron")
    (begin, first), (end, last) = (map(int, warm[name].split()[:2]) for name in ("start", "end"))
    assert (last * 60 + end - first * 60 - begin) % (24 * 60) == PREWARMED_MINUTES


@pytest.mark.parametrize("stage", STAGES)
def test_worker_costs_the_cpus_that_the_node_pool_has_for_each(stacks: Any, stage: str) -> None:
    (how,) = (line.how for line in per_million(ENVIRONMENTS[stage]) if line.what == "workers")
    counted = re.search(r"([\d.]+) CPUs each", how)
    assert counted
    pool = manifest(stacks(stage, "cluster"), "NodePool", "workers")["spec"]
    assert int(pool["limits"]["cpu"]) == round(ENVIRONMENTS[stage].run.max_workers * float(counted[1]))


def test_every_price_names_its_page() -> None:
    text = "".join((ROOT / place).read_text() for place in ("cdk/costs/prices.py", "src/labeler/planning/prices.py"))
    lines = re.findall(r'^    "[^"]+": Price\(.*$', text, re.MULTILINE)
    assert len(lines) > 20
    assert [line for line in lines if "# aws.amazon.com/" not in line and "# same page" not in line] == []
    assert "from memory" in text
    assert "from memory" in PAGE.read_text()


@pytest.mark.parametrize("stage", STAGES)
def test_prices_are_for_the_region_and_machines_of_the_stages(stacks: Any, stage: str) -> None:
    assert ENVIRONMENTS[stage].region == REGION
    (pool,) = (each["spec"] for each in manifests(stacks(stage, "cluster")) if each["kind"] == "NodePool")
    requirements = {rule["key"]: rule["values"] for rule in pool["template"]["spec"]["requirements"]}
    # Intel's, where the workers' nodes are; Graviton would be c7g
    assert requirements["kubernetes.io/arch"] == ["amd64"]
    assert [name for name in PRICES if name.startswith("compute")] == ["compute c7i"]


def per_unit(recorded: Mapping[str, Any], *actions: str, but_files: bool = False) -> float:
    """How many more requests a day of more units makes, for each unit: the difference of two plain days."""
    few, many = recorded["plain"]
    requests = [
        sum(counts.get(action, 0) for role, counts in day.items() if role != "day" for action in actions)
        - (day["day"]["files"] if but_files else 0)
        for day in (few, many)
    ]
    return (requests[1] - requests[0]) / (many["day"]["units"] - few["day"]["units"])


def test_recorded_day_makes_the_requests_that_a_unit_is_charged_for(recorded: Mapping[str, Any]) -> None:
    sqs = [f"sqs:{action}" for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")]
    requests = {
        "S3 GET": per_unit(recorded, "s3:GetObject", but_files=True),
        "S3 PUT": per_unit(recorded, "s3:PutObject"),
        "SQS": per_unit(recorded, *sqs) + 1,  # and S3's own message of the receipt
        # both parts of a transaction cost two units each
        "DynamoDB write": 2 * per_unit(recorded, "dynamodb:UpdateItem"),
        "DynamoDB read": per_unit(recorded, "dynamodb:GetItem", "dynamodb:Query"),
    }
    assert requests == pytest.approx(REQUESTS_PER_UNIT, abs=0.5)


@pytest.mark.parametrize("stage", STAGES)
def test_costs_count_every_resource_of_a_stage(stacks: Any, stage: str) -> None:
    platform = ENVIRONMENTS[stage].platform
    endpoints = stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
    interfaces = [endpoint for endpoint in endpoints if endpoint.get("VpcEndpointType") == "Interface"]
    assert len(interfaces) == len(INTERFACE_ENDPOINTS)
    assert {len(endpoint["SubnetIds"]) for endpoint in interfaces} == {platform.zones}
    assert len(stacks(stage, "network").of_type("AWS::EC2::NatGateway")) == platform.nat_gateways
    volume = stacks(stage, "experiments").one("AWS::EFS::FileSystem")
    assert volume["ThroughputMode"] == "elastic", "bursting and provisioned throughput cost otherwise"
    assert "AvailabilityZoneName" not in volume, "one zone costs less"
    parts = ("data", "cluster", "observability", "network", "registry", "experiments", "pipeline", "monitoring")
    assert sum(len(stacks(stage, part).of_type("AWS::KMS::Key")) for part in parts) == len(OTHER_KEYS)
    metrics = [
        entry
        for alarm in stacks(stage, "observability").of_type("AWS::CloudWatch::Alarm").values()
        for entry in alarm.get("Metrics", [{"MetricStat": True}])
        if "MetricStat" in entry
    ]
    assert len(metrics) == alarm_metrics(ENVIRONMENTS[stage])


@pytest.mark.parametrize("stage", STAGES)
def test_counted_system_nodes_have_room_for_the_pods_that_always_run(stacks: Any, stage: str) -> None:
    """Requests of the pods that always run; two cores a node."""
    always = [
        m["spec"]
        for m in manifests(stacks(stage, "cluster"))
        if m["kind"] == "Deployment" and m["spec"].get("replicas")
    ]
    requested = sum(
        spec["replicas"] * cores(container["resources"]["requests"]["cpu"])
        for spec in always
        for container in spec["template"]["spec"]["containers"]
    )
    requested += sum(2 * cores(part["requests"]["cpu"]) for part in keda.chart_values()["resources"].values())
    platform = ENVIRONMENTS[stage].platform
    assert requested < 2 * NODES_A_ZONE * platform.zones


def cores(text: str) -> float:
    return int(text.removesuffix("m")) / 1000 if text.endswith("m") else float(text)
