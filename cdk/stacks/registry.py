from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from environments import Environment, Platform
from parts.database import RegistryDatabase
from parts.registry_door import RegistryDoor
from stacks.data import DataStack


class RegistryStack(Stack):
    """The registry's state and its address. The server itself runs on the cluster."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        data: DataStack,
        vpc: ec2.IVpc,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self.database = RegistryDatabase(
            self, "Database", environment=environment, platform=platform, vpc=vpc, key=data.key
        )
        self.door = RegistryDoor(self, "Door", environment=environment, platform=platform, vpc=vpc)
