"""What becomes of a step when its pod ends, or does not: the provider's operator with a cluster of one pod."""

from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException


class Kubernetes:
    """A cluster with one pod of one container, which works, or has ended."""

    def __init__(self, exit_code: int | None) -> None:
        from kubernetes.client import models as k8s

        state = k8s.V1ContainerState(running=k8s.V1ContainerStateRunning())
        if exit_code is not None:
            ended = k8s.V1ContainerStateTerminated(exit_code=exit_code, message="labels are missing")
            state = k8s.V1ContainerState(terminated=ended)
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


def come_back(cluster: Kubernetes, status: str) -> None:
    """From the triggerer, which tells what it saw."""
    from labeling.steps import step

    operator = step("validate", ["experiment", "validate"])
    operator.hook = cluster
    event = {"status": status, "name": "validate-1", "namespace": "jobs", "message": f"pod: {status}"}
    operator.trigger_reentry({}, event)


@pytest.mark.parametrize(
    ("exit_code", "expected"),
    [(65, AirflowFailException), (3, AirflowSkipException), (75, AirflowException), (1, AirflowException)],
)
def test_a_pod_s_exit_code_says_whether_it_is_tried_again(exit_code: int, expected: type[Exception]) -> None:
    cluster = Kubernetes(exit_code)

    with pytest.raises(expected) as raised:
        come_back(cluster, "failed")

    assert raised.type is expected
    assert cluster.deleted == ["validate-1"]


def test_a_pod_s_failure_is_its_last_words_and_not_all_that_kubernetes_knows() -> None:
    with pytest.raises(AirflowFailException) as raised:
        come_back(Kubernetes(65), "failed")

    assert str(raised.value) == "Pod validate-1 returned a failure.\nlabels are missing"


def test_a_pod_that_works_on_after_its_time_is_ended_and_not_followed() -> None:
    """To follow its log would hold a worker slot until it ends by itself."""
    cluster = Kubernetes(None)

    with pytest.raises(AirflowException):
        come_back(cluster, "timeout")

    assert (cluster.followed, cluster.deleted) == ([False], ["validate-1"])


def test_a_pod_that_did_its_work_is_read_to_the_end_and_removed() -> None:
    cluster = Kubernetes(0)

    come_back(cluster, "success")

    assert (cluster.followed, cluster.deleted) == ([False], ["validate-1"])
