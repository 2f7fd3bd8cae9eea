"""Workers reach AWS's services and nothing else."""

from typing import Any

import pytest

from tests.infra.templates import STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

RUN_USES = {"sqs", "sts", "logs", "lambda", "ecr.api", "ecr.dkr", "eks", "eks-auth", "monitoring"}


def routes(template: Any, subnets: str) -> list[dict[str, Any]]:
    """Of the route tables of subnets with that name."""
    return [
        route
        for route in template.of_type("AWS::EC2::Route").values()
        if f"Vpc{subnets}Subnet" in text(route["RouteTableId"])
    ]


@pytest.mark.parametrize("subnets", ["workers", "database"])
def test_workers_and_the_database_have_no_way_out(stacks: Any, stage: str, subnets: str) -> None:
    template = stacks(stage, "network")
    tables = [name for name in template.of_type("AWS::EC2::RouteTable") if f"Vpc{subnets}Subnet" in name]
    assert len(tables) >= 2
    assert routes(template, subnets) == []


def test_the_system_s_way_out_is_nat(stacks: Any, stage: str) -> None:
    found = routes(stacks(stage, "network"), "system")
    assert found
    assert all("NatGatewayId" in route for route in found)


def test_s3_and_the_ledger_are_reached_by_route_from_the_workers(stacks: Any, stage: str) -> None:
    gateways = [
        endpoint
        for endpoint in stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Gateway"
    ]
    assert {text(endpoint["ServiceName"]).rpartition(".")[2] for endpoint in gateways} == {"s3", "dynamodb"}
    for endpoint in gateways:
        assert any("Vpcworkers" in text(table) for table in endpoint["RouteTableIds"])
        assert any("Vpcsystem" in text(table) for table in endpoint["RouteTableIds"])


def test_what_the_run_uses_has_an_endpoint_under_its_usual_name(stacks: Any, stage: str) -> None:
    interfaces = [
        endpoint
        for endpoint in stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Interface"
    ]
    served = {text(endpoint["ServiceName"]).removeprefix("com.amazonaws.eu-west-1.") for endpoint in interfaces}
    assert served >= RUN_USES
    assert all(endpoint["PrivateDnsEnabled"] for endpoint in interfaces)


def test_nothing_gets_a_public_address_by_itself(stacks: Any, stage: str) -> None:
    subnets = stacks(stage, "network").of_type("AWS::EC2::Subnet").values()
    assert {subnet["MapPublicIpOnLaunch"] for subnet in subnets} == {False}


def test_traffic_is_logged(stacks: Any, stage: str) -> None:
    assert stacks(stage, "network").one("AWS::EC2::FlowLog")["TrafficType"] == "ALL"


def test_there_is_room_for_every_worker_in_each_zone(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    subnets = [
        subnet["CidrBlock"]
        for name, subnet in stacks(stage, "network").of_type("AWS::EC2::Subnet").items()
        if "Vpcworkers" in name
    ]
    assert len(subnets) == ENVIRONMENTS[stage].platform.zones
    # Auto Mode gives a node sixteen addresses at a time
    assert all(2 ** (32 - int(cidr.partition("/")[2])) > 16 * ENVIRONMENTS[stage].run.max_workers for cidr in subnets)


def test_nothing_but_https_from_inside_comes_to_the_endpoints(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    (rule,) = stacks(stage, "network").one("AWS::EC2::SecurityGroup", "NetworkEndpoints")["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (443, 443, ENVIRONMENTS[stage].platform.cidr)
