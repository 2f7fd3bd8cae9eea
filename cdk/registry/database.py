"""The registry's database: PostgreSQL that nobody reaches but the cluster, with a password that nobody knows."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from cdk.access import acknowledge
from cdk.cluster.network import DATABASE
from cdk.environment import Environment, Platform
from cdk.retention import log_group, removal

PORT = 5432
NAME = USER = "mlflow"


class RegistryDatabase(Construct):
    """RDS itself makes the master's password, keeps it in Secrets Manager and changes it each week: no function of ours
    that rotates, and no moment at which a person or a template knows it."""

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
        # the cluster's pods live in the network's addresses; network policies say which of them may come here
        self.group.add_ingress_rule(ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(PORT), "the registry's server")
        identifier = f"labeler-{environment.name}-registry"
        # RDS writes to this name and no other; made first, so that it has a retention without CDK's own function
        logs = log_group(self, "Logs", environment=environment, name=f"/aws/rds/instance/{identifier}/postgresql")
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=identifier,
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_7),
            database_name=NAME,
            parameters={"rds.force_ssl": "1"},
            enable_performance_insights=True,
            performance_insight_encryption_key=key,
            cloudwatch_logs_exports=["postgresql"],
            **self._network(vpc),
            **_login(key),
            **_storage(key),
            **_upkeep(environment, platform),
        )
        self.instance.node.add_dependency(logs)
        self._acknowledge_findings(environment, platform)

    def _network(self, vpc: ec2.IVpc) -> dict[str, Any]:
        return {
            "vpc": vpc,
            "vpc_subnets": ec2.SubnetSelection(subnet_group_name=DATABASE),
            "security_groups": [self.group],
            "publicly_accessible": False,
        }

    def _acknowledge_findings(self, environment: Environment, platform: Platform) -> None:
        acknowledge(self.instance, "AwsSolutions-RDS11", "the port is no secret: network and password keep others out")
        if not platform.is_database_multi_zone:
            acknowledge(self.instance, "AwsSolutions-RDS3", "outside production an hour without a registry costs less")
        if not environment.retention.is_kept:
            acknowledge(
                self.instance, "AwsSolutions-RDS10", "this stage's data goes with its stack, as the environment says"
            )

    @property
    def secret_arn(self) -> str:
        if self.instance.secret is None:
            raise ValueError("a database whose password RDS manages has a secret")
        return self.instance.secret.secret_arn


def _login(key: kms.IKey) -> dict[str, Any]:
    return {
        "manage_master_user_password": True,
        "credentials": rds.Credentials.from_username(USER, encryption_key=key),
        "iam_authentication": True,
    }


def _storage(key: kms.IKey) -> dict[str, Any]:
    return {
        "allocated_storage": 20,
        "max_allocated_storage": 200,
        "storage_type": rds.StorageType.GP3,
        "storage_encrypted": True,
        "storage_encryption_key": key,
    }


def _upkeep(environment: Environment, platform: Platform) -> dict[str, Any]:
    return {
        "instance_type": ec2.InstanceType(platform.database_class),
        "multi_az": platform.is_database_multi_zone,
        "backup_retention": Duration.days(platform.database_backup_days),
        "copy_tags_to_snapshot": True,
        "auto_minor_version_upgrade": True,
        "deletion_protection": environment.retention.is_kept,
        "removal_policy": removal(environment.retention),
    }
