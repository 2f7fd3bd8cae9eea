"""A step as a pod: what Kubernetes is asked for. The namespace enforces the restricted pod security standard."""

from typing import TYPE_CHECKING, Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator

from labeling.settings import KUBERNETES_CONNECTION, template

if TYPE_CHECKING:
    from labeling.steps import Image

USER = 10001
ANSWER = ["sh", "-c", 'labeler "$@" > /airflow/xcom/return.json', "labeler"]
"""The answer goes where Airflow's sidecar reads it; arguments stay arguments, whatever a form's field says."""

LOCKED: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


class Pod(KubernetesPodOperator):
    """With the options that all steps share."""

    def __init__(self, **kwargs: Any) -> None:
        shared = {
            "kubernetes_conn_id": KUBERNETES_CONNECTION,
            "namespace": template("labeler_namespace"),
            # no worker slot while a pod works
            "deferrable": True,
            "poll_interval": 10,
            "startup_timeout_seconds": 600,
            "get_logs": True,
            "on_finish_action": "delete_pod",
        }
        super().__init__(**{**shared, **kwargs})


def pod_options(image: "Image") -> dict[str, Any]:
    """The options of an operator for this image."""
    answering = {"cmds": ANSWER, "xcom_sidecar_container_security_context": LOCKED} if image.answers else {}
    return {"pod_template_dict": pod_template(image), "cmds": ["labeler"], **answering}


def pod_template(image: "Image") -> dict[str, Any]:
    """A new node starts for it, and is not taken away under it."""
    mounts = [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - a mount of its own
    volumes: list[dict[str, Any]] = [{"name": "tmp", "emptyDir": {"sizeLimit": "10Gi"}}]
    if image.has_experiments:
        mounts.append({"name": "experiments", "mountPath": template("labeler_experiments_directory")})
        claim = {"claimName": template("labeler_experiments_claim")}
        volumes.append({"name": "experiments", "persistentVolumeClaim": claim})
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
            "containers": [
                {
                    "name": "base",
                    "image": template(image.image),
                    "envFrom": [{"configMapRef": {"name": template(image.account)}}],
                    "imagePullPolicy": "IfNotPresent",
                    "resources": {
                        "requests": {"cpu": image.cpu, "memory": image.memory},
                        "limits": {"memory": image.memory},
                    },
                    "securityContext": {**LOCKED, "readOnlyRootFilesystem": True},
                    "volumeMounts": mounts,
                }
            ],
            "volumes": volumes,
        },
    }
