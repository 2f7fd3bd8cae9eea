"""Other people's software on the cluster, by Helm, in pinned versions."""

from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_secretsmanager as secrets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from environments import Datadog, Environment
from parts.access import allow
from parts.cluster import Cluster
from parts.pods import pod_role
from parts.queues import allow_queue
from workloads import datadog_agent, keda


def _chart(
    scope: Construct, construct_id: str, *, cluster: Cluster, chart: Any, values: dict[str, Any]
) -> eks.HelmChart:
    """Rolled back as a whole when it does not come up."""
    return eks.HelmChart(
        scope,
        construct_id,
        cluster=cluster.eks,  # type: ignore[arg-type] # jsii: its own Cluster lacks a member of ICluster
        repository=chart.REPOSITORY,
        chart=chart.CHART,
        version=chart.VERSION,
        release=chart.NAMESPACE,
        namespace=chart.NAMESPACE,
        create_namespace=False,
        atomic=True,
        timeout=Duration.minutes(10),
        values=values,
    )


class Keda(Construct):
    """The autoscaler. It may ask two things: the depth of the work queue, and metrics."""

    def __init__(self, scope: Construct, construct_id: str, *, cluster: Cluster, work: sqs.IQueue) -> None:
        super().__init__(scope, construct_id)
        role = pod_role(self, "Role")
        allow_queue(role, ["GetQueueAttributes"], work)
        allow(
            role,
            ["cloudwatch:GetMetricData"],
            ["*"],
            why_any="CloudWatch knows no resources for reading metrics, nor a condition on their namespace",
        )
        identity = cluster.give_role("KedaIdentity", role=role, account=keda.SERVICE_ACCOUNT, namespace=keda.NAMESPACE)
        self.chart = _chart(self, "Chart", cluster=cluster, chart=keda, values=keda.values())
        self.chart.node.add_dependency(identity)


class DatadogAgent(Construct):
    """Its API key stays in Secrets Manager: the agent reads it itself, under its own role."""

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: Cluster, environment: Environment, datadog: Datadog
    ) -> None:
        super().__init__(scope, construct_id)
        secret = secrets.Secret.from_secret_name_v2(self, "ApiKey", datadog.api_key_secret)
        role = pod_role(self, "Role")
        allow(
            role,
            ["secretsmanager:GetSecretValue"],
            # Secrets Manager ends an ARN with six letters of its own, which nobody knows before
            [f"{secret.secret_arn}-??????"],
        )
        identities = [
            cluster.give_role(
                f"{account.title().replace('-', '')}Identity",
                role=role,
                account=account,
                namespace=datadog_agent.NAMESPACE,
            )
            for account in datadog_agent.SERVICE_ACCOUNTS
        ]
        values = datadog_agent.values(
            stage=environment.name,
            site=datadog.site,
            secret_id=datadog.api_key_secret,
            region=Stack.of(self).region,
        )
        self.chart = _chart(self, "Chart", cluster=cluster, chart=datadog_agent, values=values)
        self.chart.node.add_dependency(*identities)
