"""The pod that Kubernetes is asked for. Its namespace enforces the restricted pod security standard."""

from typing import Any

from labeling.images import Image
from labeling.settings import template

USER = 10001
RESTRICTED: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def pod_template(image: Image) -> dict[str, Any]:
    """A new node starts for it, and is not taken away under it."""
    volumes, mounts = _volumes(image)
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "labels": {"app.kubernetes.io/name": template(image.account), "app.kubernetes.io/part-of": "labeler"},
            "annotations": {"karpenter.sh/do-not-disrupt": "true"},
        },
        "spec": {
            "serviceAccountName": template(image.account),
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "restartPolicy": "Never",
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER,
                "runAsGroup": USER,
                "fsGroup": USER,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [_container(image, mounts)],
            "volumes": volumes,
        },
    }


def _container(image: Image, mounts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "name": "base",
        "image": template(image.image),
        "envFrom": [{"configMapRef": {"name": template(image.account)}}],
        "imagePullPolicy": "IfNotPresent",
        "resources": {
            "requests": {"cpu": image.cpu, "memory": image.memory},
            "limits": {"memory": image.memory},
        },
        "securityContext": {**RESTRICTED, "readOnlyRootFilesystem": True},
        "volumeMounts": mounts,
    }


def _volumes(image: Image) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(volumes, where they are mounted)"""
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - a mount of its own
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {"sizeLimit": "10Gi"}}]
    if image.has_experiments:
        mounts.append({"name": "experiments", "mountPath": template("labeler_experiments_directory")})
        claim = {"claimName": template("labeler_experiments_claim")}
        volumes.append({"name": "experiments", "persistentVolumeClaim": claim})
    return volumes, mounts
