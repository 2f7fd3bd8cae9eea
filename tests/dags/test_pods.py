"""What Kubernetes is asked for, by the provider's own builder: no cluster is here to ask."""

import asyncio
import base64
import json
from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import certifi
import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from tests.dags.conftest import DAGS, ROOT


@pytest.fixture(scope="module")
def dags() -> dict[str, DAG]:
    return dict(DagBag(dag_folder=str(DAGS), bundle_name="labeler").dags)


def pod_of(operator: Any) -> dict[str, Any]:
    """As it is sent, but for the templates, which a task renders."""
    from kubernetes.client import ApiClient

    operator = copy(operator)
    # what another task answers, a run's id or a list of words
    given = operator.arguments
    operator.arguments = [str(one) for one in given] if isinstance(given, list) else [str(given)]
    found: dict[str, Any] = ApiClient().sanitize_for_serialization(operator.build_pod_request_obj(dry_run=True))
    return found


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, Any]:
    """The extra of the connection that the docs give, with a cluster's values; `aws` answers with its arguments."""
    from kubernetes.client import Configuration

    text = (ROOT / "docs/airflow.md").read_text(encoding="utf-8").partition("```json\n")[2].partition("```")[0]
    one, end, _ = Path(certifi.where()).read_text(encoding="utf-8").partition("-----END CERTIFICATE-----")
    authority = base64.b64encode(f"{one}{end}".encode()).decode()
    text = text.replace("ENDPOINT", "https://127.0.0.1:9").replace("CERTIFICATE", authority)
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1beta1",
        "kind": "ExecCredential",
        "status": {"token": "$*"},
    }
    aws = tmp_path / "aws"
    aws.write_text(f"#!/bin/sh\ncat <<END\n{json.dumps(credential)}\nEND\n")
    aws.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("AIRFLOW_CONN_KUBERNETES_DEFAULT", text)
    monkeypatch.setattr(Configuration, "_default", None)  # the provider's hook sets it, for good
    extra: dict[str, Any] = json.loads(text)["extra"]
    return extra


def steps(dags: dict[str, DAG]) -> dict[str, Any]:
    return {
        task.task_id: task
        for dag in dags.values()
        for task in dag.tasks
        if task.task_type == "Pod" and not task.is_mapped
    }


def test_all_steps_are_pods_on_a_cluster(dags: dict[str, DAG]) -> None:
    found = {task.task_id for dag in dags.values() for task in dag.tasks if task.task_type == "Pod"}
    assert found == {
        *("validate", "prepare", "plan", "train", "evaluate", "gate", "report", "register", "propose"),
        "drift_report",
    }


def test_every_pod_keeps_the_restricted_standard(dags: dict[str, DAG]) -> None:
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


def test_account_configuration_and_image_are_variables_with_defaults(dags: dict[str, DAG]) -> None:
    spec = pod_of(steps(dags)["drift_report"])["spec"]
    (container,) = spec["containers"]
    account = "{{ var.value.get('labeler_drift_report', 'drift-report') }}"
    assert spec["serviceAccountName"] == account
    assert container["envFrom"] == [{"configMapRef": {"name": account}}]
    assert container["image"] == "{{ var.value.get('labeler_monitoring_image', 'labeler-monitoring') }}"
    assert container["command"] == ["labeler"]


def test_only_steps_of_an_experiment_get_its_directory(dags: dict[str, DAG]) -> None:
    found = {
        name
        for name, operator in steps(dags).items()
        if not operator.do_xcom_push
        and any("persistentVolumeClaim" in volume for volume in pod_of(operator)["spec"]["volumes"])
    }
    assert found == {"validate", "prepare", "evaluate", "gate", "report", "register", "propose"}


def test_no_step_holds_a_worker_slot_and_a_gate_without_winner_is_skipped(dags: dict[str, DAG]) -> None:
    for operator in steps(dags).values():
        assert operator.deferrable
        assert operator.skip_on_exit_code == [3]


def test_a_form_s_fields_never_become_part_of_a_shell_s_text(dags: dict[str, DAG]) -> None:
    plan = steps(dags)["plan"]
    assert plan.cmds == ["sh", "-c", 'labeler "$@" > /airflow/xcom/return.json', "labeler"]
    assert plan.do_xcom_push
    assert plan.xcom_sidecar_container_security_context["allowPrivilegeEscalation"] is False


def test_kubernetes_ends_a_step_that_nobody_watches_when_airflow_would(dags: dict[str, DAG]) -> None:
    for operator in steps(dags).values():
        assert operator.active_deadline_seconds == operator.execution_timeout.total_seconds() == 7200
    assert pod_of(steps(dags)["validate"])["spec"]["activeDeadlineSeconds"] == 7200


def test_a_failed_step_tells_its_last_words(dags: dict[str, DAG]) -> None:
    (container,) = pod_of(steps(dags)["validate"])["spec"]["containers"]
    assert container["terminationMessagePolicy"] == "FallbackToLogsOnError"


SIGNED_IN = "Bearer --region eu-west-1 eks get-token --cluster-name labeler-prod --output json"


def test_the_connection_of_the_docs_signs_a_worker_in(dags: dict[str, DAG], connection: dict[str, Any]) -> None:
    found = copy(steps(dags)["validate"]).hook.get_conn().configuration

    assert (found.host, found.auth_settings()["BearerToken"]["value"]) == ("https://127.0.0.1:9", SIGNED_IN)


def test_the_connection_of_the_docs_signs_the_triggerer_in(connection: dict[str, Any]) -> None:
    from airflow.providers.cncf.kubernetes.triggers.pod import KubernetesPodTrigger

    trigger = KubernetesPodTrigger(
        pod_name="one",
        pod_namespace="jobs",
        trigger_start_time=datetime.now(UTC),
        base_container_name="base",
        kubernetes_conn_id="kubernetes_default",
        connection_extras=connection,
    )

    asyncio.run(trigger.hook._load_config())

    found = trigger.hook.client_configuration
    assert (found.host, found.api_key["BearerToken"]) == ("https://127.0.0.1:9", SIGNED_IN)
