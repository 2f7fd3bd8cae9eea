from typing import Any

from aws_cdk import Stack
from constructs import Construct

from environments import Environment, Platform
from parts.network import Network


class NetworkStack(Stack):
    """The network that everything of the platform stands in."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, platform: Platform, **options: Any
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self.network = Network(self, "Network", environment=environment, platform=platform)
