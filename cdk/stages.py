"""A stage: which stacks an environment has, and what they tell each other."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment as Place
from aws_cdk import Stage, Tags
from aws_cdk.aws_ec2 import IVpc
from constructs import Construct

from environments import Environment, Platform
from parts.registry_door import URI
from parts.releaser import grant_reach_registry, grant_release
from stacks.cluster import ClusterStack
from stacks.data import DataStack
from stacks.delivery import DeliveryStack
from stacks.experiments import ExperimentsStack
from stacks.monitoring import MonitoringStack
from stacks.network import NetworkStack
from stacks.observability import ObservabilityStack
from stacks.pipeline import PipelineStack
from stacks.registry import RegistryStack


class LabelerStage(Stage):
    """The account is the deployer's: nothing is looked up, so a synth is the same everywhere."""

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, images: Mapping[str, str]
    ) -> None:
        super().__init__(scope, construct_id, env=Place(region=environment.region))
        # by which costs are told apart
        Tags.of(self).add("application", "labeler")
        Tags.of(self).add("stage", environment.name)
        self._environment, self._images = environment, images
        data = DataStack(self, "data", **self._options("data"))
        platform = environment.platform
        network = NetworkStack(self, "network", platform=platform, **self._options("network")) if platform else None
        vpc = network.network.vpc if network else None
        pipeline = PipelineStack(
            self,
            "pipeline",
            data=data,
            vpc=vpc,
            registry_uri=environment.registry_uri or URI,
            **self._options("pipeline"),
        )
        if platform is None or vpc is None:
            ObservabilityStack(self, "observability", pipeline=pipeline, **self._options("observability"))
            return
        self._add_platform(platform, vpc, data=data, pipeline=pipeline)

    def _add_platform(self, platform: Platform, vpc: IVpc, *, data: DataStack, pipeline: PipelineStack) -> None:
        placed: dict[str, Any] = {"platform": platform, "vpc": vpc, "data": data}
        delivery = DeliveryStack(self, "delivery", **self._options("delivery"))
        registry = RegistryStack(self, "registry", **placed, **self._options("registry"))
        experiments = ExperimentsStack(self, "experiments", **placed, **self._options("experiments"))
        monitoring = MonitoringStack(
            self,
            "monitoring",
            vpc=vpc,
            data=data,
            delivery=delivery,
            images=self._images,
            **self._options("monitoring"),
        )
        ObservabilityStack(
            self,
            "observability",
            pipeline=pipeline,
            registry=registry,
            monitoring=monitoring,
            **self._options("observability"),
        )
        ClusterStack(
            self,
            "cluster",
            registry=registry,
            pipeline=pipeline,
            delivery=delivery,
            experiments=experiments,
            images=self._images,
            **placed,
            **self._options("cluster"),
        )
        grant_release(delivery.role, pipeline)
        grant_reach_registry(delivery.role, monitoring)

    def _options(self, part: str) -> dict[str, Any]:
        environment = self._environment
        return {
            "environment": environment,
            "stack_name": f"labeler-{environment.name}-{part}",
            "termination_protection": environment.retention.is_kept,
        }
