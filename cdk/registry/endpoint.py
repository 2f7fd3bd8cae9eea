"""How processes outside the cluster reach MLflow's server: one name, inside the network only."""

from aws_cdk import Duration, Tags
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_elasticloadbalancingv2 as elb
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as route53_targets
from constructs import Construct

from cdk.access import acknowledge
from cdk.cluster.cluster import cluster_name
from cdk.cluster.network import SYSTEM
from cdk.environment import Environment, Platform

ZONE = "labeler.internal"
HOST = f"registry.{ZONE}"
PORT = 5000
URI = f"http://{HOST}:{PORT}"


class RegistryEndpoint(Construct):
    """The balancer is made here and the cluster puts its pods behind it: so the address is known before a cluster is."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, platform: Platform, vpc: ec2.IVpc
    ) -> None:
        super().__init__(scope, construct_id)
        self.balancer = self._balancer(environment, platform, vpc)
        self.targets = self._targets(vpc)
        # without it Auto Mode may not put pods into a target group that it did not make
        Tags.of(self.targets).add("eks:eks-cluster-name", cluster_name(environment))
        self.balancer.add_listener("Listener", port=PORT, default_target_groups=[self.targets])
        zone = route53.PrivateHostedZone(self, "Zone", vpc=vpc, zone_name=ZONE)
        target = route53.RecordTarget.from_alias(route53_targets.LoadBalancerTarget(self.balancer))
        route53.ARecord(self, "Name", zone=zone, record_name="registry", target=target)
        acknowledge(
            self.balancer, "AwsSolutions-ELB2", "a network balancer logs TLS listeners only; flow logs have the rest"
        )

    def _balancer(self, environment: Environment, platform: Platform, vpc: ec2.IVpc) -> elb.NetworkLoadBalancer:
        group = ec2.SecurityGroup(self, "Group", vpc=vpc, allow_all_outbound=False)
        group.add_ingress_rule(ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(PORT), "clients inside the network")
        group.add_egress_rule(ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(PORT), "the server's pods")
        return elb.NetworkLoadBalancer(
            self,
            "Balancer",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name=SYSTEM),
            internet_facing=False,
            security_groups=[group],
            cross_zone_enabled=True,
            deletion_protection=environment.retention.is_kept,
        )

    def _targets(self, vpc: ec2.IVpc) -> elb.NetworkTargetGroup:
        return elb.NetworkTargetGroup(
            self,
            "Pods",
            vpc=vpc,
            port=PORT,
            protocol=elb.Protocol.TCP,
            target_type=elb.TargetType.IP,
            deregistration_delay=Duration.seconds(30),
            health_check=elb.HealthCheck(
                protocol=elb.Protocol.HTTP, path="/health", interval=Duration.seconds(10), healthy_threshold_count=2
            ),
        )
