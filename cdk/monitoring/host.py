"""The host that shows drift reports: one machine that replaces itself, reached by Session Manager only."""

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_autoscaling as autoscaling
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.access import acknowledge, allow, allow_putting_metrics, allow_writing_logs
from cdk.cluster.network import SYSTEM
from cdk.data import key_patterns
from cdk.data.buckets import DataBucket
from cdk.environment import Environment
from cdk.monitoring.user_data import start_commands
from cdk.retention import log_group
from labeler.settings import MonitoringHostSettings
from labeler.telemetry import NAMESPACE

# What the SSM agent needs for a session, and no more: the managed policy also lets it read every parameter.
SESSION_ACTIONS = (
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
STARTS_WITHIN = Duration.minutes(15)
PULL_ACTIONS = ("BatchCheckLayerAvailability", "BatchGetImage", "GetDownloadUrlForLayer")


class MonitoringHost(Construct):
    """Nothing listens to the network: `aws ssm start-session` forwards a person's port to the host's own."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        vpc: ec2.IVpc,
        reports: DataBucket,
        repository: ecr.IRepository,
        image: str,
    ) -> None:
        super().__init__(scope, construct_id)
        group = log_group(self, "Logs", environment=environment)
        self.role = self._role(reports, repository, group)
        user_data = self._user_data(image, reports=reports, group=group)
        self.fleet = self._fleet(vpc, self._template(vpc, user_data))
        user_data.add_signal_on_exit_command(self.fleet)
        acknowledge(
            self.fleet, "AwsSolutions-AS3", "an alarm on the page tells a person; replacing a machine is routine"
        )
        CfnOutput(self, "GroupName", value=self.fleet.auto_scaling_group_name)

    def _user_data(self, image: str, *, reports: DataBucket, group: logs.ILogGroup) -> ec2.UserData:
        stack, user_data = Stack.of(self), ec2.UserData.for_linux()
        user_data.add_commands(
            *start_commands(
                image=image,
                registry=f"{stack.account}.dkr.ecr.{stack.region}.amazonaws.com",
                region=stack.region,
                variables=MonitoringHostSettings(monitoring_bucket=reports.bucket_name).as_environment(),
                log_group=group.log_group_name,
            )
        )
        return user_data

    def _template(self, vpc: ec2.IVpc, user_data: ec2.UserData) -> ec2.LaunchTemplate:
        disk = ec2.BlockDeviceVolume.ebs(30, encrypted=True, volume_type=ec2.EbsDeviceVolumeType.GP3)
        return ec2.LaunchTemplate(
            self,
            "Template",
            instance_type=ec2.InstanceType.of(ec2.InstanceClass.T3, ec2.InstanceSize.MEDIUM),
            machine_image=ec2.MachineImage.latest_amazon_linux2023(),
            role=self.role,
            user_data=user_data,
            require_imdsv2=True,
            # the container shares the host's network: one hop is enough, and no other container gets the role
            http_put_response_hop_limit=1,
            security_group=ec2.SecurityGroup(self, "Group", vpc=vpc, allow_all_outbound=True),
            block_devices=[ec2.BlockDevice(device_name="/dev/xvda", volume=disk)],
        )

    def _fleet(self, vpc: ec2.IVpc, template: ec2.LaunchTemplate) -> autoscaling.AutoScalingGroup:
        return autoscaling.AutoScalingGroup(
            self,
            "Fleet",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name=SYSTEM),
            launch_template=template,
            min_capacity=1,
            max_capacity=1,
            health_checks=autoscaling.HealthChecks.ec2(grace_period=Duration.minutes(5)),
            # each week a new machine: patched, and proof that it heals
            max_instance_lifetime=Duration.days(7),
            # another image is another machine, and a stack that keeps the old one when the page does not come
            update_policy=autoscaling.UpdatePolicy.rolling_update(
                max_batch_size=1, min_instances_in_service=0, wait_on_resource_signals=True, pause_time=STARTS_WITHIN
            ),
            group_metrics=[autoscaling.GroupMetrics.all()],
        )

    def _role(self, reports: DataBucket, repository: ecr.IRepository, group: logs.ILogGroup) -> iam.Role:
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"))
        reports.allow_listing(role)
        reports.allow_objects(role, ["s3:GetObject"], key_patterns.REPORTS)
        allow(role, [f"ecr:{action}" for action in PULL_ACTIONS], [repository.repository_arn])
        allow(
            role,
            ["ecr:GetAuthorizationToken", *SESSION_ACTIONS],
            ["*"],
            why_any="a token is of no repository and a session's channel of no resource: AWS takes none here",
        )
        allow_putting_metrics(role, NAMESPACE)
        self._allow_replacing_itself(role)
        allow_writing_logs(role, group.log_group_arn)
        return role

    def _allow_replacing_itself(self, role: iam.Role) -> None:
        stack = Stack.of(self)
        groups = f"arn:{stack.partition}:autoscaling:{stack.region}:{stack.account}:autoScalingGroup"
        allow(
            role,
            ["autoscaling:SetInstanceHealth"],
            [f"{groups}:*:autoScalingGroupName/*"],
            why_any="the group's name is known after the role: its stack's tag names it",
            conditions={"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": stack.stack_name}},
        )
