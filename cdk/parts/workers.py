"""The workers on the cluster: their nodes, their pods, and what scales them."""

from aws_cdk import Stack
from constructs import Construct

from environments import Environment, Platform
from labeler.settings import CompletionSettings
from parts.charts import Keda
from parts.cluster import Cluster
from parts.network import ROLE_TAG, WORKERS
from parts.objects import apply
from stacks.pipeline import PipelineStack
from workloads import nodes, scaling, worker


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
        pipeline: PipelineStack,
        image: str,
    ) -> None:
        super().__init__(scope, construct_id)
        run, region = environment.run, Stack.of(self).region
        grace_s = worker.grace_period_s(unit_timeout_s=run.unit_timeout_s, drain_timeout_s=run.drain_timeout_s)
        pool = apply(
            self,
            "Nodes",
            cluster,
            [
                nodes.node_class(
                    role_name=cluster.node_role.role_name,
                    security_group_id=cluster.eks.cluster_security_group_id,
                    subnet_tags={ROLE_TAG: WORKERS},
                ),
                nodes.node_pool(
                    capacity_types=platform.capacity_types,
                    max_cpus=nodes.cpus_for(run.max_workers),
                    grace_s=grace_s,
                    opens_at=run.opens_at,
                ),
            ],
        )
        identity = cluster.give_role(
            "WorkerIdentity", role=pipeline.worker_role, account=worker.NAME, namespace=worker.NAMESPACE
        )
        pods = apply(
            self,
            "Pods",
            cluster,
            worker.manifests(
                image=image, settings=pipeline.worker_settings.as_environment(), region=region, grace_s=grace_s
            ),
        )
        scaler = apply(
            self,
            "Scaling",
            cluster,
            scaling.manifests(
                region=region,
                queue_url=pipeline.work.queue.queue_url,
                units_per_worker=scaling.units_per_worker(
                    deadline_s=run.deadline_s,
                    files_per_second=CompletionSettings.model_fields["assumed_files_per_second"].default,
                    unit_max_files=run.unit_max_files,
                ),
                max_workers=run.max_workers,
                prewarmed=run.prewarmed_workers,
                opens_at=run.opens_at,
            ),
        )
        # the chart comes after the namespace, which is made before it: KEDA watches nothing else
        pods.node.add_dependency(pool, keda.chart, identity)
        scaler.node.add_dependency(pods)
