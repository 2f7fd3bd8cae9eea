"""KEDA's chart: which, and how it is run."""

from workloads import worker
from workloads.objects import Manifest

REPOSITORY = "https://kedacore.github.io/charts"
CHART = "keda"
VERSION = "2.20.2"
"""Older ones leave messages in flight out of the count (kedacore/keda#1663, #4276)."""
NAMESPACE = "keda"
SERVICE_ACCOUNT = "keda-operator"


def values() -> Manifest:
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
        "watchNamespace": worker.NAMESPACE,
    }
