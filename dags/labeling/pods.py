"""A step as a pod: what Kubernetes is asked for. The namespace enforces the restricted pod security standard."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from labeling.settings import KUBERNETES_CONNECTION, template
from labeling.steps import PERMANENT

if TYPE_CHECKING:
    from labeling.steps import Image

USER = 10001
ANSWER = ["sh", "-c", 'labeler "$@" > /airflow/xcom/return.json', "labeler"]
"""The answer goes where Airflow's sidecar reads it; arguments stay arguments, whatever a form's field says."""

LOCKED: dict[str, Any] = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


class Pod(KubernetesPodOperator):
    """With the options that all steps share. No longer than its `execution_timeout`, whoever watches it."""

    def __init__(self, *, execution_timeout: timedelta, **kwargs: Any) -> None:
        shared = {
            "kubernetes_conn_id": KUBERNETES_CONNECTION,
            "namespace": template("labeler_namespace"),
            # no worker slot while a pod works
            "deferrable": True,
            "poll_interval": 10,
            "startup_timeout_seconds": 600,
            # Airflow ends a pod that is late; Kubernetes does when nobody of Airflow is there
            "active_deadline_seconds": int(execution_timeout.total_seconds()),
            "get_logs": True,
            # without one a task that comes back from a pod that still works follows its log, in a worker slot
            "logging_interval": 60,
            # a failure says the step's last words, and not everything that Kubernetes knows of the pod
            "log_pod_spec_on_failure": False,
            "termination_message_policy": "FallbackToLogsOnError",
            "on_finish_action": "delete_pod",
        }
        super().__init__(execution_timeout=execution_timeout, **{**shared, **kwargs})

    def cleanup(self, pod: Any, remote_pod: Any, *args: Any, **kwargs: Any) -> None:
        """As the provider's, and no retry of what fails again."""
        try:
            super().cleanup(pod, remote_pod, *args, **kwargs)
        except AirflowException as error:
            if _exit_code(remote_pod, self.base_container_name) == PERMANENT:
                raise AirflowFailException(str(error)) from error
            raise


def _exit_code(pod: Any, container: str) -> int | None:
    """None while it runs, and when Kubernetes does not know."""
    for status in pod.status.container_statuses or ():
        if status.name == container and status.state.terminated:
            code: int = status.state.terminated.exit_code
            return code
    return None


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
