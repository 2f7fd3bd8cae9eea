"""Deployments of our images, as plain values: pods that are nobody and have nothing to write to."""

from collections.abc import Mapping
from typing import Any

from cdk.cluster.objects import Manifest, labels, manifest, selector

USER = 10001
"""Of the images: see containers/*/Dockerfile."""


def deployment(
    name: str,
    namespace: str,
    *,
    pod: Manifest,
    max_surge: int | str,
    replicas: int | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Manifest:
    """Without `replicas` their number is left to whoever scales them."""
    metadata = {"labels": labels(name), **({"annotations": dict(annotations)} if annotations else {})}
    spec = {
        **({"replicas": replicas} if replicas is not None else {}),
        "selector": selector(name),
        "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 0, "maxSurge": max_surge}},
        "template": {"metadata": metadata, "spec": pod},
    }
    return manifest("Deployment", "apps/v1", name, namespace, spec=spec)


def pod(name: str, *, container: Manifest, volumes: list[Manifest], **placement: Any) -> Manifest:
    """`placement`: further fields of the pod's spec, such as its node selector."""
    return {
        "serviceAccountName": name,
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        **placement,
        "topologySpreadConstraints": _spread_over_zones(name),
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER,
            "runAsGroup": USER,
            "fsGroup": USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [container],
        "volumes": volumes,
    }


def container_security() -> Manifest:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def variables(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": pairs[name]} for name in sorted(pairs)]


def disruption_budget(name: str, namespace: str, *, max_unavailable: int | str) -> Manifest:
    spec = {"maxUnavailable": max_unavailable, "selector": selector(name)}
    return manifest("PodDisruptionBudget", "policy/v1", name, namespace, spec=spec)


def _spread_over_zones(name: str) -> list[Manifest]:
    """Preferred, not required: a zone without capacity must not stop a run."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector(name),
        }
    ]
