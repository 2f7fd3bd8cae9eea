from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from environments import Environment
from parts.monitoring_host import MonitoringHost
from stacks.data import DataStack
from stacks.delivery import DeliveryStack


class MonitoringStack(Stack):
    """Where people look at drift reports."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        vpc: ec2.IVpc,
        data: DataStack,
        delivery: DeliveryStack,
        images: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self.host = MonitoringHost(
            self,
            "Host",
            environment=environment,
            vpc=vpc,
            reports=data.monitoring,
            repository=delivery.images.repositories["monitoring"],
            image=delivery.images.of("monitoring", images),
        )
