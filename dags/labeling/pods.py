"""A step as a pod: the operator that starts it, and when its failure is retried."""

from datetime import timedelta
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from labeling.exit_codes import PERMANENT
from labeling.images import Image
from labeling.pod_template import RESTRICTED, pod_template
from labeling.settings import KUBERNETES_CONNECTION, template

WRITE_XCOM = ["sh", "-c", 'labeler "$@" > /airflow/xcom/return.json', "labeler"]
"""The output goes where Airflow's sidecar reads it; arguments stay arguments, whatever a form's field says."""


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


def pod_options(image: Image) -> dict[str, Any]:
    """The options of an operator for this image."""
    options = {"pod_template_dict": pod_template(image), "cmds": ["labeler"]}
    if image.has_json_output:
        options |= {"cmds": WRITE_XCOM, "xcom_sidecar_container_security_context": RESTRICTED}
    return options
