"""What all of our Kubernetes objects share: functions from arguments to manifests, nothing of CDK."""

from typing import Any

Manifest = dict[str, Any]


def manifest(kind: str, api_version: str, name: str, namespace: str | None = None, **content: Any) -> Manifest:
    where = {"namespace": namespace} if namespace else {}
    metadata = {"name": name, **where, "labels": labels(name)}
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def labels(name: str) -> dict[str, str]:
    return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "labeler"}


def selector(name: str) -> Manifest:
    return {"matchLabels": {"app.kubernetes.io/name": name}}


def namespace_manifest(name: str, *, security: str = "restricted") -> Manifest:
    namespace = manifest("Namespace", "v1", name)
    namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] = security
    return namespace


def service_account(name: str, namespace: str) -> Manifest:
    """Pod Identity gives it its role. The pods speak to AWS, never to Kubernetes: no token is mounted."""
    return manifest("ServiceAccount", "v1", name, namespace, automountServiceAccountToken=False)
