"""The worker: a Deployment whose number of pods is KEDA's, and what protects a worker that is busy."""

from collections.abc import Mapping

from workloads import nodes
from workloads.objects import (
    Manifest,
    container_security,
    deny_all,
    egress_to_aws,
    named,
    pod_security,
    selector,
    service_account,
    spread_over_zones,
    variables,
)

NAMESPACE = "labeler"
NAME = "worker"

# `make bench`: one worker is one core; 620 MB at most, and /tmp is memory, too, with a model of up to 300 MB in it
CPU = "1"
MEMORY = "1536Mi"
TEMPORARY = "512Mi"
GRACE_MARGIN_S = 15


def grace_period_s(*, unit_timeout_s: int, drain_timeout_s: int) -> int:
    """Longer than the longest unit and the drain after it: Kubernetes never kills a worker that is still leaving."""
    return unit_timeout_s + drain_timeout_s + GRACE_MARGIN_S


def manifests(*, image: str, settings: Mapping[str, str], region: str, grace_s: int) -> list[Manifest]:
    return [
        service_account(NAME, NAMESPACE),
        deployment(image=image, settings=settings, region=region, grace_s=grace_s),
        disruption_budget(),
        deny_all(NAMESPACE),
        network_policy(),
    ]


def deployment(*, image: str, settings: Mapping[str, str], region: str, grace_s: int) -> Manifest:
    """Without `replicas`: applying it again must not take KEDA's workers away."""
    labels = {"app.kubernetes.io/name": NAME, "app.kubernetes.io/part-of": "labeler"}
    return named(
        "Deployment",
        "apps/v1",
        NAME,
        NAMESPACE,
        spec={
            "selector": selector(NAME),
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": "25%"}},
            "template": {
                "metadata": {
                    "labels": labels,
                    # no consolidation takes a node away under a worker; about drift see nodes.py
                    "annotations": {"karpenter.sh/do-not-disrupt": "true"},
                },
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "terminationGracePeriodSeconds": grace_s,
                    "nodeSelector": nodes.LABEL,
                    "tolerations": [nodes.TOLERATION],
                    "topologySpreadConstraints": spread_over_zones(NAME),
                    "securityContext": pod_security(),
                    "containers": [
                        {
                            "name": NAME,
                            "image": image,
                            "imagePullPolicy": "IfNotPresent",
                            "env": variables(
                                {**settings, "AWS_DEFAULT_REGION": region, "AWS_STS_REGIONAL_ENDPOINTS": "regional"}
                            ),
                            # no limit of CPU: throttling would only make a unit late
                            "resources": {"requests": {"cpu": CPU, "memory": MEMORY}, "limits": {"memory": MEMORY}},
                            "securityContext": container_security(),
                            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a mount of its own
                        }
                    ],
                    "volumes": [{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": TEMPORARY}}],
                },
            },
        },
    )


def disruption_budget() -> Manifest:
    """For what asks: nodes that are drained by hand lose a tenth of the workers at a time."""
    return named(
        "PodDisruptionBudget",
        "policy/v1",
        NAME,
        NAMESPACE,
        spec={"maxUnavailable": "10%", "selector": selector(NAME)},
    )


def network_policy() -> Manifest:
    """Nobody calls a worker; it calls AWS."""
    return named(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        NAME,
        NAMESPACE,
        spec={"podSelector": selector(NAME), "policyTypes": ["Ingress", "Egress"], "egress": egress_to_aws()},
    )
