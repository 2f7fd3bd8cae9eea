"""What all of our Kubernetes objects share."""

from collections.abc import Mapping
from typing import Any

Manifest = dict[str, Any]

USER = 10001
"""Of the images: see containers/*/Dockerfile."""


def named(kind: str, api_version: str, name: str, namespace: str | None = None, **spec: Any) -> Manifest:
    place = {"namespace": namespace} if namespace else {}
    labels = {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "labeler"}
    return {"apiVersion": api_version, "kind": kind, "metadata": {"name": name, **place, "labels": labels}, **spec}


def selector(name: str) -> Manifest:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def namespace(name: str, *, security: str = "restricted") -> Manifest:
    made = named("Namespace", "v1", name)
    made["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = security
    return made


def service_account(name: str, place: str) -> Manifest:
    """Pod Identity gives it its role. The pods speak to AWS, never to Kubernetes: no token is mounted."""
    return named("ServiceAccount", "v1", name, place, automountServiceAccountToken=False)


def variables(pairs: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": pairs[name]} for name in sorted(pairs)]


def pod_security() -> Manifest:
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Manifest:
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def spread_over_zones(name: str) -> list[Manifest]:
    """Asked for, not insisted on: a zone without capacity must not stop a run."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": "topology.kubernetes.io/zone",
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": selector(name),
        }
    ]


def deny_all(place: str) -> Manifest:
    return named(
        "NetworkPolicy",
        "networking.k8s.io/v1",
        "deny-all",
        place,
        spec={"podSelector": {}, "policyTypes": ["Ingress", "Egress"]},
    )


def egress_to_aws() -> list[Manifest]:
    """Names, the Pod Identity agent of the node, and AWS's APIs.

    The APIs' addresses change and S3's are public, so any address is allowed on 443: the workers' subnets have no
    route to any other.
    """
    return [
        {"ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]},
        {"to": [{"ipBlock": {"cidr": "169.254.170.23/32"}}], "ports": [{"protocol": "TCP", "port": 80}]},
        {"to": [{"ipBlock": {"cidr": "0.0.0.0/0"}}], "ports": [{"protocol": "TCP", "port": 443}]},
    ]
