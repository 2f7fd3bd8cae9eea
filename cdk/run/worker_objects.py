"""The worker: a Deployment whose number of pods is KEDA's, and what protects a worker that is busy."""

from collections.abc import Mapping

from cdk.cluster.deployments import container_security, deployment, disruption_budget, pod, variables
from cdk.cluster.network_policies import deny_all, egress_to_aws, network_policy
from cdk.cluster.objects import Manifest, selector, service_account
from cdk.run import nodes

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


def worker_manifests(*, image: str, settings: Mapping[str, str], region: str, grace_s: int) -> list[Manifest]:
    return [
        service_account(NAME, NAMESPACE),
        _deployment(image=image, settings=settings, region=region, grace_s=grace_s),
        # for whoever respects it: nodes that are drained by hand lose a tenth of the workers at a time
        disruption_budget(NAME, NAMESPACE, max_unavailable="10%"),
        deny_all(NAMESPACE),
        # nobody calls a worker; it calls AWS
        network_policy(NAME, NAMESPACE, pods=selector(NAME), egress=egress_to_aws()),
    ]


def _deployment(*, image: str, settings: Mapping[str, str], region: str, grace_s: int) -> Manifest:
    """Without `replicas`: applying it again must not take KEDA's workers away."""
    return deployment(
        NAME,
        NAMESPACE,
        max_surge="25%",
        # no consolidation takes a node away under a worker; about drift see nodes.py
        annotations={"karpenter.sh/do-not-disrupt": "true"},
        pod=pod(
            NAME,
            terminationGracePeriodSeconds=grace_s,
            nodeSelector=nodes.LABEL,
            tolerations=[nodes.TOLERATION],
            container=_container(image, settings, region),
            volumes=[{"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": TEMPORARY}}],
        ),
    )


def _container(image: str, settings: Mapping[str, str], region: str) -> Manifest:
    return {
        "name": NAME,
        "image": image,
        "imagePullPolicy": "IfNotPresent",
        "env": variables({**settings, "AWS_DEFAULT_REGION": region, "AWS_STS_REGIONAL_ENDPOINTS": "regional"}),
        # no limit of CPU: throttling would only make a unit late
        "resources": {"requests": {"cpu": CPU, "memory": MEMORY}, "limits": {"memory": MEMORY}},
        "securityContext": container_security(),
        "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # noqa: S108 - a mount of its own
    }
