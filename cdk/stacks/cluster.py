from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk.cluster.cluster import Cluster
from cdk.cluster.container_logs import ContainerLogs
from cdk.cluster.manifests import apply_manifests
from cdk.cluster.objects import namespace_manifest
from cdk.data.mounted_volume import MountedVolume
from cdk.data.resources import DataResources
from cdk.data.volume import Volume
from cdk.environment import Environment, Platform
from cdk.monitoring.datadog_agent import add_datadog_agent
from cdk.registry.resources import RegistryResources
from cdk.registry.server import RegistryServer
from cdk.run import job_objects, keda, worker_objects
from cdk.run.jobs import Jobs
from cdk.run.keda import Keda
from cdk.run.nodes import network_policies_on
from cdk.run.resources import RunResources
from cdk.run.workers import Workers


class ClusterStack(Stack):
    """EKS and everything on it. The images, which are URIs by name, must be in their repositories before."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        vpc: ec2.IVpc,
        data: DataResources,
        registry: RegistryResources,
        run: RunResources,
        volume: Volume,
        images: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cluster = Cluster(self, "Eks", environment=environment, platform=platform, vpc=vpc)
        ContainerLogs(self, "Logs", cluster=cluster, environment=environment)
        self._add_workers(environment, platform, cluster, run, image=images["worker"])
        RegistryServer(
            self,
            "Registry",
            platform=platform,
            cluster=cluster,
            registry=registry,
            artifacts=data.artifacts,
            image=images["mlflow"],
        )
        self._add_jobs(platform, cluster, data, run, volume)
        if environment.datadog:
            add_datadog_agent(self, cluster=cluster, environment=environment, datadog=environment.datadog)

    def _add_workers(
        self, environment: Environment, platform: Platform, cluster: Cluster, run: RunResources, *, image: str
    ) -> None:
        namespaces = [namespace_manifest(name) for name in (keda.CHART.namespace, worker_objects.NAMESPACE)]
        system = apply_manifests(self, "System", cluster, [network_policies_on(), *namespaces])
        scaler = Keda(self, "Keda", cluster=cluster, work=run.work.queue)
        scaler.chart.node.add_dependency(system)
        Workers(
            self,
            "Workers",
            environment=environment,
            platform=platform,
            cluster=cluster,
            keda=scaler,
            run=run,
            image=image,
        )

    def _add_jobs(
        self, platform: Platform, cluster: Cluster, data: DataResources, run: RunResources, volume: Volume
    ) -> None:
        # a job tells the topic that nothing passed the gate
        jobs = Jobs(self, "Jobs", platform=platform, cluster=cluster, data=data, alarms=run.alarms)
        MountedVolume(self, "Volume", cluster=cluster, volume=volume, namespace=job_objects.NAMESPACE, home=jobs.home)
