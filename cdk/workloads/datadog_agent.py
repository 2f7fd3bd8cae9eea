"""Datadog's chart: which, and how it is run.

The agent runs on the system nodes, which have a way out. The workers' nodes have none: their logs go to CloudWatch
through its endpoint, and the cluster agent tells of their pods.
"""

import json

from workloads.objects import Manifest

REPOSITORY = "https://helm.datadoghq.com"
CHART = "datadog"
VERSION = "3.231.3"
"""Brings agent 7.81.1. A cluster agent before 7.77 can't ask a secret backend (DataDog/datadog-agent#46502)."""
NAMESPACE = "datadog"
SERVICE_ACCOUNTS = ("datadog-agent", "datadog-cluster-agent")


def values(*, stage: str, site: str, secret_id: str, region: str) -> Manifest:
    backend = {
        "DD_SECRET_BACKEND_TYPE": "aws.secrets",
        "DD_SECRET_BACKEND_CONFIG": json.dumps({"aws_session": {"aws_region": region}}, separators=(",", ":")),
    }
    variables = [{"name": name, "value": value} for name, value in backend.items()]
    agent, cluster_agent = SERVICE_ACCOUNTS
    return {
        "datadog": {
            "site": site,
            # "secret_id;key": of a secret that is no JSON the backend takes the whole text, whatever the key is called
            "apiKey": f"ENC[{secret_id};api_key]",
            "clusterName": f"labeler-{stage}",
            "tags": [f"env:{stage}", "service:labeler"],
            "env": variables,
            "logs": {"enabled": True, "containerCollectAll": True},
            "apm": {"instrumentation": {"enabled": False}, "portEnabled": False},
            "processAgent": {"enabled": False},
            "orchestratorExplorer": {"enabled": True},
            # the chart would bring it along, and nothing here is made by it
            "operator": {"enabled": False},
        },
        "agents": {"rbac": {"serviceAccountName": agent}, "serviceAccountName": agent},
        "clusterAgent": {
            "replicas": 2,
            "createPodDisruptionBudget": True,
            "env": variables,
            "rbac": {"serviceAccountName": cluster_agent},
        },
    }
