"""Datadog's agent, by its chart: which version, and how it is run.

The agent runs on the system nodes, which have a route to the internet. The workers' nodes have none: their logs go to
CloudWatch through its endpoint, and the cluster agent tells of their pods.
"""

import json

from aws_cdk import Stack
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from cdk.access import allow_reading_secret
from cdk.cluster.charts import Chart, add_chart
from cdk.cluster.cluster import Cluster
from cdk.cluster.manifests import apply_manifests
from cdk.cluster.objects import Manifest, namespace_manifest
from cdk.cluster.pods import pod_role
from cdk.environment import Datadog, Environment

CHART = Chart(
    repository="https://helm.datadoghq.com",
    name="datadog",
    # brings agent 7.81.1; a cluster agent before 7.77 can't ask a secret backend (DataDog/datadog-agent#46502)
    version="3.231.3",
    namespace="datadog",
)
SERVICE_ACCOUNTS = ("datadog-agent", "datadog-cluster-agent")


def add_datadog_agent(scope: Construct, *, cluster: Cluster, environment: Environment, datadog: Datadog) -> None:
    """In a namespace of its own, since it reads the nodes' own files."""
    home = apply_manifests(scope, "Datadog", cluster, [namespace_manifest(CHART.namespace, security="privileged")])
    agent = DatadogAgent(scope, "Agent", cluster=cluster, environment=environment, datadog=datadog)
    agent.chart.node.add_dependency(home)


class DatadogAgent(Construct):
    """Its API key stays in Secrets Manager: the agent reads it itself, under its own role."""

    def __init__(
        self, scope: Construct, construct_id: str, *, cluster: Cluster, environment: Environment, datadog: Datadog
    ) -> None:
        super().__init__(scope, construct_id)
        secret = secrets.Secret.from_secret_name_v2(self, "ApiKey", datadog.api_key_secret)
        role = pod_role(self, "Role")
        allow_reading_secret(role, secret.secret_arn)
        identities = [
            cluster.add_pod_identity(
                f"{account.title().replace('-', '')}Identity", role=role, account=account, namespace=CHART.namespace
            )
            for account in SERVICE_ACCOUNTS
        ]
        values = _values(datadog, stage=environment.name, region=Stack.of(self).region)
        self.chart = add_chart(self, cluster=cluster, chart=CHART, values=values)
        self.chart.node.add_dependency(*identities)


def _values(datadog: Datadog, *, stage: str, region: str) -> Manifest:
    agent, cluster_agent = SERVICE_ACCOUNTS
    variables = _secret_backend(region)
    return {
        "datadog": {
            "site": datadog.site,
            # "secret_id;key": of a secret that is no JSON the backend takes the whole text, whatever the key is called
            "apiKey": f"ENC[{datadog.api_key_secret};api_key]",
            "clusterName": f"labeler-{stage}",
            "tags": [f"env:{stage}", "service:labeler"],
            "env": variables,
            **_features(),
        },
        "agents": {"rbac": {"serviceAccountName": agent}, "serviceAccountName": agent},
        "clusterAgent": {
            "replicas": 2,
            "createPodDisruptionBudget": True,
            "env": variables,
            "rbac": {"serviceAccountName": cluster_agent},
        },
    }


def _features() -> Manifest:
    return {
        "logs": {"enabled": True, "containerCollectAll": True},
        "apm": {"instrumentation": {"enabled": False}, "portEnabled": False},
        "processAgent": {"enabled": False},
        "orchestratorExplorer": {"enabled": True},
        # the chart would bring it along, and nothing here is made by it
        "operator": {"enabled": False},
    }


def _secret_backend(region: str) -> list[dict[str, str]]:
    backend = {
        "DD_SECRET_BACKEND_TYPE": "aws.secrets",
        "DD_SECRET_BACKEND_CONFIG": json.dumps({"aws_session": {"aws_region": region}}, separators=(",", ":")),
    }
    return [{"name": name, "value": value} for name, value in backend.items()]
