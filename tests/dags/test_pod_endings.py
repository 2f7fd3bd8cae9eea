"""How a step ends by its pod's exit code or timeout: the provider's operator with a fake cluster of one pod."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException


class Kubernetes:
    """A cluster with one pod of one container, which runs, or has ended."""

    def __init__(self, exit_code: int | None) -> None:
        from kubernetes.client import models as k8s

        state = k8s.V1ContainerState(running=k8s.V1ContainerStateRunning())
        if exit_code is not None:
            terminated = k8s.V1ContainerStateTerminated(exit_code=exit_code, message="labels are missing")
            state = k8s.V1ContainerState(terminated=terminated)
        status = k8s.V1ContainerStatus(
            name="base", state=state, image="labeler-trainer", image_id="1", ready=False, restart_count=0
        )
        self.pod = k8s.V1Pod(
            metadata=k8s.V1ObjectMeta(name="validate-1", namespace="jobs"),
            spec=k8s.V1PodSpec(containers=[k8s.V1Container(name="base")]),
            status=k8s.V1PodStatus(
                phase="Running" if exit_code is None else "Failed" if exit_code else "Succeeded",
                container_statuses=[status],
            ),
        )
        self.core_v1_client = self
        self.followed: list[bool] = []
        self.deleted: list[str] = []

    def get_pod(self, name: str, namespace: str) -> Any:
        return self.pod

    def read_namespaced_pod(self, name: str, namespace: str) -> Any:
        return self.pod

    def read_namespaced_pod_log(self, *, follow: bool, **_: Any) -> list[bytes]:
        self.followed.append(follow)
        return [b"reading\n"]

    def patch_namespaced_pod(self, **_: Any) -> None:
        pass

    def delete_namespaced_pod(self, name: str, namespace: str, **_: Any) -> None:
        self.deleted.append(name)


def resume_step(cluster: Kubernetes, status: str) -> None:
    """With the event of the triggerer."""
    from labeling.steps import step

    operator = step("validate", ["experiment", "validate"])
    operator.hook = cluster
    event = {"status": status, "name": "validate-1", "namespace": "jobs", "message": f"pod: {status}"}
    operator.trigger_reentry({}, event)


@pytest.mark.parametrize(
    ("exit_code", "expected"),
    [(65, AirflowFailException), (3, AirflowSkipException), (75, AirflowException), (1, AirflowException)],
)
def test_exit_code_of_a_failed_pod_decides_whether_the_step_is_retried(
    exit_code: int, expected: type[Exception]
) -> None:
    cluster = Kubernetes(exit_code)

    with pytest.raises(expected) as raised:
        resume_step(cluster, "failed")

    assert raised.type is expected
    assert cluster.deleted == ["validate-1"]


def test_failure_message_is_the_pod_s_last_output_only() -> None:
    with pytest.raises(AirflowFailException) as raised:
        resume_step(Kubernetes(65), "failed")

    assert str(raised.value) == "Pod validate-1 returned a failure.\nlabels are missing"


def test_pod_that_runs_after_its_timeout_is_deleted_and_its_log_not_followed() -> None:
    """To follow its log would hold a worker slot until it ends by itself."""
    cluster = Kubernetes(None)

    with pytest.raises(AirflowException):
        resume_step(cluster, "timeout")

    assert (cluster.followed, cluster.deleted) == ([False], ["validate-1"])


def test_successful_pod_s_log_is_read_and_the_pod_deleted() -> None:
    cluster = Kubernetes(0)

    resume_step(cluster, "success")

    assert (cluster.followed, cluster.deleted) == ([False], ["validate-1"])
