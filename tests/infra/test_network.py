"""Workers reach AWS's services and nothing else."""

from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
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
def test_subnets_of_workers_and_database_have_no_routes(stacks: Any, stage: str, subnets: str) -> None:
    template = stacks(stage, "network")
    tables = [name for name in template.of_type("AWS::EC2::RouteTable") if f"Vpc{subnets}Subnet" in name]
    assert len(tables) >= 2
    assert routes(template, subnets) == []


def test_system_subnets_route_through_nat(stacks: Any, stage: str) -> None:
    system_routes = routes(stacks(stage, "network"), "system")
    assert system_routes
    assert all("NatGatewayId" in route for route in system_routes)


def test_s3_and_dynamodb_have_gateway_endpoints_in_the_route_tables(stacks: Any, stage: str) -> None:
    gateways = [
        endpoint
        for endpoint in stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Gateway"
    ]
    assert {text(endpoint["ServiceName"]).rpartition(".")[2] for endpoint in gateways} == {"s3", "dynamodb"}
    for endpoint in gateways:
        assert any("Vpcworkers" in text(table) for table in endpoint["RouteTableIds"])
        assert any("Vpcsystem" in text(table) for table in endpoint["RouteTableIds"])


def test_services_of_the_run_have_endpoints_with_private_dns(stacks: Any, stage: str) -> None:
    interfaces = [
        endpoint
        for endpoint in stacks(stage, "network").of_type("AWS::EC2::VPCEndpoint").values()
        if endpoint["VpcEndpointType"] == "Interface"
    ]
    served = {text(endpoint["ServiceName"]).removeprefix("com.amazonaws.eu-west-1.") for endpoint in interfaces}
    assert served >= RUN_USES
    assert all(endpoint["PrivateDnsEnabled"] for endpoint in interfaces)


def test_subnets_give_no_public_addresses(stacks: Any, stage: str) -> None:
    subnets = stacks(stage, "network").of_type("AWS::EC2::Subnet").values()
    assert {subnet["MapPublicIpOnLaunch"] for subnet in subnets} == {False}


def test_vpc_flow_log_records_all_traffic(stacks: Any, stage: str) -> None:
    assert stacks(stage, "network").one("AWS::EC2::FlowLog")["TrafficType"] == "ALL"


def test_each_zone_has_addresses_for_every_worker(stacks: Any, stage: str) -> None:
    subnets = [
        subnet["CidrBlock"]
        for name, subnet in stacks(stage, "network").of_type("AWS::EC2::Subnet").items()
        if "Vpcworkers" in name
    ]
    assert len(subnets) == ENVIRONMENTS[stage].platform.zones
    # Auto Mode gives a node sixteen addresses at a time
    assert all(2 ** (32 - int(cidr.partition("/")[2])) > 16 * ENVIRONMENTS[stage].run.max_workers for cidr in subnets)


def test_endpoints_take_https_from_inside_only(stacks: Any, stage: str) -> None:
    (rule,) = stacks(stage, "network").one("AWS::EC2::SecurityGroup", "NetworkEndpoints")["SecurityGroupIngress"]
    assert (rule["FromPort"], rule["ToPort"], rule["CidrIp"]) == (443, 443, ENVIRONMENTS[stage].platform.cidr)
