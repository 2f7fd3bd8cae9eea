"""The nodes that workers run on: Auto Mode's, in subnets without a route to the internet, gone when they are empty."""

from collections.abc import Sequence
from datetime import time

from cdk.cluster.objects import Manifest, manifest
from cdk.run.schedule import PREWARM_MINUTES, daily
from labeler.planning.prices import NODE_CPUS_PER_WORKER

NAME = "workers"
LABEL = {"labeler/pool": NAME}
RUN_HOURS = 4
"""From the first warm worker on. A run has half an hour; Airflow waits for a late one for so long."""
TAINT = {"key": "labeler/pool", "value": NAME, "effect": "NoSchedule"}
TOLERATION = {"key": "labeler/pool", "operator": "Equal", "value": NAME, "effect": "NoSchedule"}


def cpus_for(workers: int) -> int:
    """Of all nodes together: what their pool may grow to."""
    return round(workers * NODE_CPUS_PER_WORKER)


def network_policies_on() -> Manifest:
    """Auto Mode enforces NetworkPolicy objects only when it is told to."""
    return manifest(
        "ConfigMap", "v1", "amazon-vpc-cni", "kube-system", data={"enable-network-policy-controller": "true"}
    )


def node_class(*, role_name: str, security_group_id: str, subnet_tags: dict[str, str]) -> Manifest:
    return manifest(
        "NodeClass",
        "eks.amazonaws.com/v1",
        NAME,
        spec={
            "role": role_name,
            "subnetSelectorTerms": [{"tags": subnet_tags}],
            "securityGroupSelectorTerms": [{"id": security_group_id}],
            "networkPolicy": "DefaultAllow",
            "networkPolicyEventLogs": "Enabled",
            "ephemeralStorage": {"size": "40Gi"},
        },
    )


def node_pool(*, capacity_types: Sequence[str], max_cpus: int, grace_s: int, opens_at: time) -> Manifest:
    """Empty nodes go after a minute. A node with a worker on it is not consolidated: its pods say do-not-disrupt.

    Drift respects no pod where a grace period is set: a node that is out of date goes, and its workers leave within the
    grace period. So no node drifts away while the daily run may be at work.
    """
    disruption = {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "60s", "budgets": _budgets(opens_at)}
    spec = {
        "template": {"metadata": {"labels": LABEL}, "spec": _node(capacity_types, grace_s)},
        "limits": {"cpu": str(max_cpus)},
        "disruption": disruption,
    }
    return manifest("NodePool", "karpenter.sh/v1", NAME, spec=spec)


def _node(capacity_types: Sequence[str], grace_s: int) -> Manifest:
    return {
        "nodeClassRef": {"group": "eks.amazonaws.com", "kind": "NodeClass", "name": NAME},
        "taints": [TAINT],
        "requirements": [
            _in("karpenter.sh/capacity-type", capacity_types),
            # what the image and the measurements were tried on
            _in("kubernetes.io/arch", ["amd64"]),
            _in("eks.amazonaws.com/instance-category", ["c", "m"]),
            _in("eks.amazonaws.com/instance-cpu", ["8", "16", "32"]),
            {"key": "eks.amazonaws.com/instance-generation", "operator": "Gt", "values": ["5"]},
        ],
        "expireAfter": "24h",
        "terminationGracePeriod": f"{2 * grace_s}s",
    }


def _budgets(opens_at: time) -> list[Manifest]:
    """The strictest that holds counts; the first is Karpenter's own, which is gone as soon as another is named."""
    return [
        {"nodes": "10%"},
        {
            "nodes": "0",
            "reasons": ["Drifted"],
            "schedule": daily(opens_at, minutes=-PREWARM_MINUTES),
            "duration": f"{RUN_HOURS}h",
        },
    ]


def _in(key: str, values: Sequence[str]) -> Manifest:
    return {"key": key, "operator": "In", "values": list(values)}
