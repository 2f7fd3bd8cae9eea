"""The autoscaler, by KEDA's chart: which version, and how it is run."""

from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import allow
from cdk.cluster.charts import Chart, add_chart
from cdk.cluster.cluster import Cluster
from cdk.cluster.objects import Manifest
from cdk.cluster.pods import pod_role
from cdk.data.queues import allow_queue
from cdk.run import worker_objects

CHART = Chart(
    repository="https://kedacore.github.io/charts",
    name="keda",
    # older ones leave messages in flight out of the count (kedacore/keda#1663, #4276)
    version="2.20.2",
    namespace="keda",
)
SERVICE_ACCOUNT = "keda-operator"


class Keda(Construct):
    """It may read two things: the depth of the work queue, and metrics."""

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
        identity = cluster.add_pod_identity(
            "KedaIdentity", role=role, account=SERVICE_ACCOUNT, namespace=CHART.namespace
        )
        self.chart = add_chart(self, cluster=cluster, chart=CHART, values=chart_values())
        self.chart.node.add_dependency(identity)


def chart_values() -> Manifest:
    """Two of each part: with one, a node that goes takes scaling away in the middle of a run."""
    return {
        "operator": {"replicaCount": 2},
        "metricsServer": {"replicaCount": 2},
        "webhooks": {"replicaCount": 2, "failurePolicy": "Ignore"},
        "podDisruptionBudget": {
            "operator": {"minAvailable": 1},
            "metricServer": {"minAvailable": 1},
            "webhooks": {"minAvailable": 1},
        },
        "serviceAccount": {"operator": {"create": True, "name": SERVICE_ACCOUNT}},
        "resources": {
            "operator": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}},
            "metricServer": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "256Mi"}},
            "webhooks": {"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "128Mi"}},
        },
        # nothing outside the workers' namespace is scaled by it
        "watchNamespace": worker_objects.NAMESPACE,
    }
