"""The files that the steps of an experiment share: EFS, which only the driver on the cluster's nodes may mount."""

from collections.abc import Mapping

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_efs as efs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.cluster.deployments import USER
from cdk.cluster.network import SYSTEM
from cdk.cluster.pods import pod_role
from cdk.environment import Environment, Platform
from cdk.retention import removal

PORT = 2049
DIRECTORY = "/experiments"
READ_AND_WRITE = ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"]
"""Not as root: whoever comes through the access point is the trainer's user."""
ANYTHING = [*READ_AND_WRITE, "elasticfilesystem:ClientRootAccess"]
"""That a client may ask for. Denying all actions would also keep out who manages the file system."""


class Volume(Construct):
    """`group` lets nobody in: the cluster, which is made later, adds its own nodes (mounted_volume.py).

    The driver's role is made here so that the file system's policy can name it. It has no policy of its own: what it may
    do, the file system says.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        vpc: ec2.IVpc,
        key: kms.IKey,
    ) -> None:
        super().__init__(scope, construct_id)
        self.group = ec2.SecurityGroup(self, "Group", vpc=vpc, allow_all_outbound=False)
        self.driver_role = pod_role(self, "DriverRole")
        self.files = self._files(environment, platform, vpc=vpc, key=key)
        user = str(USER)
        self.access_point = self.files.add_access_point(
            "AccessPoint",
            path=DIRECTORY,
            create_acl=efs.Acl(owner_uid=user, owner_gid=user, permissions="750"),
            posix_user=efs.PosixUser(uid=user, gid=user),
        )

    def _files(self, environment: Environment, platform: Platform, *, vpc: ec2.IVpc, key: kms.IKey) -> efs.FileSystem:
        return efs.FileSystem(
            self,
            "Files",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name=SYSTEM),
            security_group=self.group,
            encrypted=True,
            kms_key=key,
            file_system_policy=_policy(self.driver_role),
            enable_automatic_backups=platform.is_volume_backed_up,
            lifecycle_policy=efs.LifecyclePolicy.AFTER_30_DAYS,
            out_of_infrequent_access_policy=efs.OutOfInfrequentAccessPolicy.AFTER_1_ACCESS,
            # bursting gives a file system of some gigabytes a megabyte a second
            throughput_mode=efs.ThroughputMode.ELASTIC,
            removal_policy=removal(environment.retention),
        )

    @property
    def handle(self) -> str:
        """How EFS's driver names a volume: file system and access point."""
        return f"{self.files.file_system_id}::{self.access_point.access_point_id}"


def _policy(driver: iam.IRole) -> iam.PolicyDocument:
    """With a policy of its own, a file system is closed to everybody whom the policy does not name.

    The access point can't be named: it is made after the policy. Who comes without any has no such key, which
    StringNotLike takes for a difference.
    """
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(
                principals=[driver],
                actions=READ_AND_WRITE,
                conditions={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
            ),
            _denied({"Bool": {"aws:SecureTransport": "false"}}),
            _denied({"StringNotLike": {"elasticfilesystem:AccessPointArn": "*"}}),
        ]
    )


def _denied(conditions: Mapping[str, Mapping[str, str]]) -> iam.PolicyStatement:
    return iam.PolicyStatement(
        effect=iam.Effect.DENY, principals=[iam.AnyPrincipal()], actions=ANYTHING, conditions=conditions
    )
