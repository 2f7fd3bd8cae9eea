from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from environments import Environment, Platform
from parts.charts import DatadogAgent, Keda
from parts.cluster import Cluster
from parts.container_logs import ContainerLogs
from parts.jobs import Jobs
from parts.mounted_volume import MountedVolume
from parts.objects import apply
from parts.registry_server import RegistryServer
from parts.workers import Workers
from stacks.data import DataStack
from stacks.delivery import DeliveryStack
from stacks.experiments import ExperimentsStack
from stacks.pipeline import PipelineStack
from stacks.registry import RegistryStack
from workloads import datadog_agent, keda, nodes, worker
from workloads.objects import namespace


class ClusterStack(Stack):
    """EKS and everything on it. The images must be in their repositories before."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        vpc: ec2.IVpc,
        data: DataStack,
        registry: RegistryStack,
        pipeline: PipelineStack,
        delivery: DeliveryStack,
        experiments: ExperimentsStack,
        images: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cluster = Cluster(self, "Eks", environment=environment, platform=platform, vpc=vpc)
        ContainerLogs(self, "Logs", cluster=cluster, environment=environment)
        system = apply(
            self,
            "System",
            cluster,
            [nodes.network_policies_on(), namespace(keda.NAMESPACE), namespace(worker.NAMESPACE)],
        )
        scaler = Keda(self, "Keda", cluster=cluster, work=pipeline.work.queue)
        scaler.chart.node.add_dependency(system)
        Workers(
            self,
            "Workers",
            environment=environment,
            platform=platform,
            cluster=cluster,
            keda=scaler,
            pipeline=pipeline,
            image=delivery.images.of("worker", images),
        )
        RegistryServer(
            self,
            "Registry",
            platform=platform,
            cluster=cluster,
            registry=registry,
            data=data,
            image=delivery.images.of("mlflow", images),
        )
        # a job tells the topic that nothing passed the gate
        jobs = Jobs(self, "Jobs", platform=platform, cluster=cluster, data=data, alarms=pipeline.alarms)
        MountedVolume(self, "Volume", cluster=cluster, volume=experiments.volume, home=jobs.home)
        if environment.datadog:
            # its agent reads the nodes' own files
            home = apply(self, "Datadog", cluster, [namespace(datadog_agent.NAMESPACE, security="privileged")])
            agent = DatadogAgent(self, "Agent", cluster=cluster, environment=environment, datadog=environment.datadog)
            agent.chart.node.add_dependency(home)
