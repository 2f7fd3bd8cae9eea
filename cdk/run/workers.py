"""The workers on the cluster: their nodes, their pods, and what scales them."""

from aws_cdk import Stack
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from cdk.cluster.cluster import Cluster
from cdk.cluster.manifests import apply_manifests
from cdk.cluster.network import ROLE_TAG, WORKERS
from cdk.environment import Environment, Platform
from cdk.run import nodes, scaling, worker_objects
from cdk.run.keda import Keda
from cdk.run.resources import RunResources
from labeler.settings import CompletionSettings


class Workers(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        platform: Platform,
        cluster: Cluster,
        keda: Keda,
        run: RunResources,
        image: str,
    ) -> None:
        super().__init__(scope, construct_id)
        pace = environment.run
        self._cluster, self._pace, self._region = cluster, pace, Stack.of(self).region
        self._grace_s = worker_objects.grace_period_s(
            unit_timeout_s=pace.unit_timeout_s, drain_timeout_s=pace.drain_timeout_s
        )
        pool = self._nodes(platform)
        identity = cluster.add_pod_identity(
            "WorkerIdentity", role=run.worker_role, account=worker_objects.NAME, namespace=worker_objects.NAMESPACE
        )
        pods = self._pods(run, image)
        scaler = self._scaling(run.work.queue.queue_url)
        # the chart comes after the namespace, which is made before it: KEDA watches nothing else
        pods.node.add_dependency(pool, keda.chart, identity)
        scaler.node.add_dependency(pods)

    def _nodes(self, platform: Platform) -> eks.KubernetesManifest:
        node_class = nodes.node_class(
            role_name=self._cluster.node_role.role_name,
            security_group_id=self._cluster.eks.cluster_security_group_id,
            subnet_tags={ROLE_TAG: WORKERS},
        )
        node_pool = nodes.node_pool(
            capacity_types=platform.capacity_types,
            max_cpus=nodes.cpus_for(self._pace.max_workers),
            grace_s=self._grace_s,
            opens_at=self._pace.opens_at,
        )
        return apply_manifests(self, "Nodes", self._cluster, [node_class, node_pool])

    def _pods(self, run: RunResources, image: str) -> eks.KubernetesManifest:
        manifests = worker_objects.worker_manifests(
            image=image,
            settings=run.worker_settings.as_environment(),
            region=self._region,
            grace_s=self._grace_s,
        )
        return apply_manifests(self, "Pods", self._cluster, manifests)

    def _scaling(self, queue_url: str) -> eks.KubernetesManifest:
        pace = self._pace
        units_per_worker = scaling.units_per_worker(
            deadline_s=pace.deadline_s,
            files_per_second=CompletionSettings.model_fields["assumed_files_per_second"].default,
            unit_max_files=pace.unit_max_files,
        )
        manifests = scaling.scaling_manifests(
            region=self._region,
            queue_url=queue_url,
            units_per_worker=units_per_worker,
            max_workers=pace.max_workers,
            prewarmed=pace.prewarmed_workers,
            opens_at=pace.opens_at,
        )
        return apply_manifests(self, "Scaling", self._cluster, manifests)
