from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from constructs import Construct

from cdk.environment import Environment, Platform
from cdk.registry.database import RegistryDatabase
from cdk.registry.endpoint import RegistryEndpoint
from cdk.registry.resources import RegistryResources


class RegistryStack(Stack):
    """The registry's state and its address. The server itself runs on the cluster."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        vpc: ec2.IVpc,
        key: kms.IKey,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        where: dict[str, Any] = {"environment": environment, "platform": platform, "vpc": vpc}
        self.resources = RegistryResources(
            database=RegistryDatabase(self, "Database", key=key, **where),
            # its id is older than its name: another one would replace the balancer
            endpoint=RegistryEndpoint(self, "Door", **where),
        )
