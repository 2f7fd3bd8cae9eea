"""The pods that Kubernetes is asked for, by the provider's own builder: no cluster is needed."""

from copy import copy
from typing import Any

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from tests.dags.conftest import DAGS


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    return dict(DagBag(dag_folder=str(DAGS), bundle_name="labeler").dags)


def pod_of(operator: Any) -> dict[str, Any]:
    """As it is sent, but for the templates, which a task renders."""
    from kubernetes.client import ApiClient

    operator = copy(operator)
    # the output of another task: a run's id or a list of words
    arguments = operator.arguments
    operator.arguments = [str(word) for word in arguments] if isinstance(arguments, list) else [str(arguments)]
    pod: dict[str, Any] = ApiClient().sanitize_for_serialization(operator.build_pod_request_obj(dry_run=True))
    return pod


def steps(dags: dict[str, DAG]) -> dict[str, Any]:
    return {
        task.task_id: task
        for dag in dags.values()
        for task in dag.tasks
        if task.task_type == "Pod" and not task.is_mapped
    }


def test_every_step_is_a_pod_by_default(dags: dict[str, DAG]) -> None:
    pods = {task.task_id for dag in dags.values() for task in dag.tasks if task.task_type == "Pod"}
    assert pods == {
        *("validate", "prepare", "plan", "train", "evaluate", "gate", "report", "register", "propose"),
        "drift_report",
    }


def test_every_pod_meets_the_restricted_security_standard(dags: dict[str, DAG]) -> None:
    for name, operator in steps(dags).items():
        if operator.do_xcom_push:
            continue  # its sidecar's image is asked of the connection, which is not here
        spec = pod_of(operator)["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        (container,) = spec["containers"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False, name
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}, name
        assert container["securityContext"]["readOnlyRootFilesystem"] is True, name
        assert spec["automountServiceAccountToken"] is False, name
        assert "memory" in container["resources"]["limits"], name
        assert spec["restartPolicy"] == "Never"


def test_pod_s_account_config_map_and_image_come_from_variables(dags: dict[str, DAG]) -> None:
    spec = pod_of(steps(dags)["drift_report"])["spec"]
    (container,) = spec["containers"]
    account = "{{ var.value.get('labeler_drift_report', 'drift-report') }}"
    assert spec["serviceAccountName"] == account
    assert container["envFrom"] == [{"configMapRef": {"name": account}}]
    assert container["image"] == "{{ var.value.get('labeler_monitoring_image', 'labeler-monitoring') }}"
    assert container["command"] == ["labeler"]


def test_only_experiment_steps_mount_the_experiments_volume(dags: dict[str, DAG]) -> None:
    mounting = {
        name
        for name, operator in steps(dags).items()
        if not operator.do_xcom_push
        and any("persistentVolumeClaim" in volume for volume in pod_of(operator)["spec"]["volumes"])
    }
    assert mounting == {"validate", "prepare", "evaluate", "gate", "report", "register", "propose"}


def test_steps_are_deferrable_and_skipped_when_nothing_passes_the_gate(dags: dict[str, DAG]) -> None:
    for operator in steps(dags).values():
        assert operator.deferrable
        assert operator.skip_on_exit_code == [3]


def test_form_fields_are_passed_as_arguments_and_never_as_shell_text(dags: dict[str, DAG]) -> None:
    plan = steps(dags)["plan"]
    assert plan.cmds == ["sh", "-c", 'labeler "$@" > /airflow/xcom/return.json', "labeler"]
    assert plan.do_xcom_push
    assert plan.xcom_sidecar_container_security_context["allowPrivilegeEscalation"] is False


def test_kubernetes_deadline_of_a_pod_is_its_task_s_timeout(dags: dict[str, DAG]) -> None:
    for operator in steps(dags).values():
        assert operator.active_deadline_seconds == operator.execution_timeout.total_seconds() == 7200
    assert pod_of(steps(dags)["validate"])["spec"]["activeDeadlineSeconds"] == 7200


def test_failed_pod_s_termination_message_is_the_end_of_its_log(dags: dict[str, DAG]) -> None:
    (container,) = pod_of(steps(dags)["validate"])["spec"]["containers"]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"
