"""The registry's database: PostgreSQL that nobody reaches but the cluster, with a password that nobody knows."""

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_rds as rds
from constructs import Construct

from environments import Environment, Platform
from parts.access import explain
from parts.network import DATABASE
from parts.retention import log_group, removal

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
        engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17_7)
        self.instance = rds.DatabaseInstance(
            self,
            "Instance",
            instance_identifier=identifier,
            engine=engine,
            instance_type=ec2.InstanceType(platform.database_class),
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_group_name=DATABASE),
            security_groups=[self.group],
            database_name=NAME,
            manage_master_user_password=True,
            credentials=rds.Credentials.from_username(USER, encryption_key=key),
            iam_authentication=True,
            parameters={"rds.force_ssl": "1"},
            allocated_storage=20,
            max_allocated_storage=200,
            storage_type=rds.StorageType.GP3,
            storage_encrypted=True,
            storage_encryption_key=key,
            multi_az=platform.is_database_multi_zone,
            backup_retention=Duration.days(platform.database_backup_days),
            copy_tags_to_snapshot=True,
            auto_minor_version_upgrade=True,
            deletion_protection=environment.retention.is_kept,
            removal_policy=removal(environment.retention),
            publicly_accessible=False,
            enable_performance_insights=True,
            performance_insight_encryption_key=key,
            cloudwatch_logs_exports=["postgresql"],
        )
        self.instance.node.add_dependency(logs)
        explain(self.instance, "AwsSolutions-RDS11", "the port is no secret: network and password keep others out")
        if not platform.is_database_multi_zone:
            explain(self.instance, "AwsSolutions-RDS3", "outside production an hour without a registry costs less")
        if not environment.retention.is_kept:
            explain(
                self.instance, "AwsSolutions-RDS10", "this stage's data goes with its stack, as the environment says"
            )

    @property
    def secret_arn(self) -> str:
        if self.instance.secret is None:
            raise ValueError("a database whose password RDS manages has a secret")
        return self.instance.secret.secret_arn
