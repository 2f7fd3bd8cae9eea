"""A stage: which stacks an environment has, and what they tell each other."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment as Place
from aws_cdk import Stage, Tags
from aws_cdk.aws_ec2 import IVpc
from constructs import Construct

from environments import Environment, Platform
from parts.registry_door import URI
from parts.releaser import let_reach_registry, let_release
from stacks.cluster import ClusterStack
from stacks.data import DataStack
from stacks.delivery import DeliveryStack
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
        if environment.is_tagged:
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
        watched: dict[str, Any] = {}
        if platform and vpc:
            watched = self._add_platform(platform, vpc, data=data, pipeline=pipeline)
        ObservabilityStack(self, "observability", pipeline=pipeline, **watched, **self._options("observability"))

    def _add_platform(self, platform: Platform, vpc: IVpc, **made: Any) -> dict[str, Any]:
        """Those of its stacks that have alarms."""
        placed: dict[str, Any] = {"platform": platform, "vpc": vpc}
        made["delivery"] = DeliveryStack(self, "delivery", **self._options("delivery"))
        registry = RegistryStack(self, "registry", data=made["data"], **placed, **self._options("registry"))
        ClusterStack(
            self,
            "cluster",
            registry=registry,
            images=self._images,
            **placed,
            **made,
            **self._options("cluster"),
        )
        monitoring = MonitoringStack(
            self,
            "monitoring",
            vpc=vpc,
            data=made["data"],
            delivery=made["delivery"],
            images=self._images,
            **self._options("monitoring"),
        )
        let_release(made["delivery"].role, made["pipeline"])
        let_reach_registry(made["delivery"].role, monitoring)
        return {"registry": registry, "monitoring": monitoring}

    def _options(self, part: str) -> dict[str, Any]:
        environment = self._environment
        return {
            "environment": environment,
            "stack_name": f"labeler-{environment.name}-{part}",
            "termination_protection": environment.retention.is_kept,
        }
