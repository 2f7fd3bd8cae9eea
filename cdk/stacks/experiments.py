from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from environments import Environment, Platform
from parts.volume import Volume
from stacks.data import DataStack


class ExperimentsStack(Stack):
    """What the steps of experiments share. A cluster comes and goes without it: the files stay."""

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
        self.volume = Volume(self, "Volume", environment=environment, platform=platform, vpc=vpc, key=data.key)
