"""The network: workers that can reach AWS and nothing else."""

from aws_cdk import CfnOutput, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.cluster.endpoints import INTERFACE_ENDPOINTS
from cdk.environment import Environment, Platform
from cdk.retention import log_group

PUBLIC, SYSTEM, WORKERS, DATABASE = "public", "system", "workers", "database"
ROLE_TAG = "labeler/subnets"


class Network(Construct):
    """Four kinds of subnets. Only `system` has a route to the internet; the hot path goes through endpoints."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, platform: Platform) -> None:
        super().__init__(scope, construct_id)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(platform.cidr),
            availability_zones=[f"{environment.region}{letter}" for letter in "abcdef"[: platform.zones]],
            nat_gateways=platform.nat_gateways,
            nat_gateway_subnets=ec2.SubnetSelection(subnet_group_name=PUBLIC),
            subnet_configuration=_subnets(),
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3),
                "Ledger": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.DYNAMODB),
            },
        )
        for name in (SYSTEM, WORKERS):
            for subnet in self.vpc.select_subnets(subnet_group_name=name).subnets:
                Tags.of(subnet).add(ROLE_TAG, name)
        self._add_endpoints(platform)
        self._add_flow_logs(environment)
        CfnOutput(self, "VpcId", value=self.vpc.vpc_id)

    def _add_endpoints(self, platform: Platform) -> None:
        group = ec2.SecurityGroup(self, "Endpoints", vpc=self.vpc, allow_all_outbound=False)
        group.add_ingress_rule(ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(443), "AWS APIs from inside the network")
        for name in INTERFACE_ENDPOINTS:
            self.vpc.add_interface_endpoint(
                "".join(part.capitalize() for part in name.replace("-", ".").split(".")),
                service=ec2.InterfaceVpcEndpointAwsService(name),
                subnets=ec2.SubnetSelection(subnet_group_name=WORKERS),
                security_groups=[group],
                open=False,
            )

    def _add_flow_logs(self, environment: Environment) -> None:
        group = log_group(self, "FlowLogs", environment=environment)
        role = iam.Role(self, "FlowLogsRole", assumed_by=iam.ServicePrincipal("vpc-flow-logs.amazonaws.com"))
        self.vpc.add_flow_log(
            "FlowLog",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(group, role),
            traffic_type=ec2.FlowLogTrafficType.ALL,
        )


def _subnets() -> list[ec2.SubnetConfiguration]:
    return [
        ec2.SubnetConfiguration(
            name=PUBLIC, subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=26, map_public_ip_on_launch=False
        ),
        ec2.SubnetConfiguration(name=SYSTEM, subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS, cidr_mask=22),
        # a pod takes an address: room for all workers of a run in each zone
        ec2.SubnetConfiguration(name=WORKERS, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=20),
        ec2.SubnetConfiguration(name=DATABASE, subnet_type=ec2.SubnetType.PRIVATE_ISOLATED, cidr_mask=26),
    ]
