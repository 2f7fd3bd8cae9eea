from typing import Any

from aws_cdk import Stack
from constructs import Construct

from cdk.delivery.github import GitHub
from cdk.delivery.images import Images
from cdk.environment import Environment


class DeliveryStack(Stack):
    """What a workflow needs before it can deploy anything: places for images, and a role."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        self.images = Images(self, "Images", environment=environment)
        self.role = GitHub(self, "Workflows", environment=environment, images=self.images).deploy
