"""A stage: which stacks an environment has, and what they tell each other."""

from collections.abc import Mapping
from typing import Any

from aws_cdk import Environment as Place
from aws_cdk import Stack, Stage, Tags
from aws_cdk.aws_ec2 import IVpc
from constructs import Construct

from cdk.cluster.network import Network
from cdk.data.resources import DataResources
from cdk.data.volume import Volume
from cdk.delivery.release_access import grant_registry_access, grant_release
from cdk.environment import Environment, Platform
from cdk.monitoring.host import MonitoringHost
from cdk.registry.endpoint import URI
from cdk.stacks.cluster import ClusterStack
from cdk.stacks.data import DataStack
from cdk.stacks.delivery import DeliveryStack
from cdk.stacks.observability import ObservabilityStack
from cdk.stacks.pipeline import PipelineStack
from cdk.stacks.registry import RegistryStack


class LabelerStage(Stage):
    """The account is the deployer's: nothing is looked up, so a synth is the same everywhere.

    `images`: digest or tag by name.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, images: Mapping[str, str]
    ) -> None:
        super().__init__(scope, construct_id, env=Place(region=environment.region))
        # by which costs are told apart
        Tags.of(self).add("application", "labeler")
        Tags.of(self).add("stage", environment.name)
        self._environment, self._images = environment, images
        data = DataStack(self, "data", environment=environment, **self._options("data")).resources
        platform = environment.platform
        vpc = self._add_network(platform) if platform else None
        pipeline = PipelineStack(
            self,
            "pipeline",
            environment=environment,
            data=data,
            vpc=vpc,
            registry_uri=environment.registry_uri or URI,
            **self._options("pipeline"),
        )
        if platform and vpc:
            self._add_platform(platform, vpc, data=data, pipeline=pipeline)
        else:
            self._add_observability(data=data, run=pipeline.resources)

    def _add_platform(self, platform: Platform, vpc: IVpc, *, data: DataResources, pipeline: PipelineStack) -> None:
        environment, run = self._environment, pipeline.resources
        where: dict[str, Any] = {"environment": environment, "platform": platform, "vpc": vpc}
        delivery = DeliveryStack(self, "delivery", environment=environment, **self._options("delivery"))
        registry = RegistryStack(self, "registry", key=data.key, **where, **self._options("registry")).resources
        volume = Volume(self._stack("experiments"), "Volume", key=data.key, **where)
        monitoring = self._add_monitoring(vpc, data, delivery)
        self._add_observability(data=data, run=run, registry=registry)
        ClusterStack(
            self,
            "cluster",
            data=data,
            registry=registry,
            run=run,
            volume=volume,
            images=delivery.images.uris(self._images),
            **where,
            **self._options("cluster"),
        )
        grant_release(delivery.role, pipeline, data=data, manifest=run.manifest)
        grant_registry_access(delivery.role, monitoring)

    def _add_network(self, platform: Platform) -> IVpc:
        return Network(self._stack("network"), "Network", environment=self._environment, platform=platform).vpc

    def _add_monitoring(self, vpc: IVpc, data: DataResources, delivery: DeliveryStack) -> Stack:
        stack = self._stack("monitoring")
        MonitoringHost(
            stack,
            "Host",
            environment=self._environment,
            vpc=vpc,
            reports=data.monitoring,
            repository=delivery.images.repositories["monitoring"],
            image=delivery.images.uris(self._images)["monitoring"],
        )
        return stack

    def _add_observability(self, **resources: Any) -> None:
        options = self._options("observability")
        ObservabilityStack(self, "observability", environment=self._environment, **resources, **options)

    def _stack(self, part: str) -> Stack:
        return Stack(self, part, **self._options(part))

    def _options(self, part: str) -> dict[str, Any]:
        return {
            "stack_name": f"labeler-{self._environment.name}-{part}",
            "termination_protection": self._environment.retention.is_kept,
        }
