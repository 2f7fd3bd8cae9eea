"""The daily DAG's deadline alert: only where every executor runs callbacks, since other schedulers end at it."""

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG

from tests.dags.conftest import DAGS


def daily_dag_with(executor: str, monkeypatch: pytest.MonkeyPatch) -> DAG:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    bag = DagBag(dag_folder=str(DAGS / "daily_labeling.py"), bundle_name="labeler")
    assert bag.import_errors == {}
    dag: DAG = bag.dags["daily_labeling"]
    return dag


@pytest.mark.parametrize(
    "executor",
    ["LocalExecutor", "CeleryExecutor", "fast:LocalExecutor, airflow.providers.amazon.aws.executors.AwsEcsExecutor"],
)
def test_deadline_alert_is_set_when_every_executor_runs_callbacks(
    executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert daily_dag_with(executor, monkeypatch).deadline


@pytest.mark.parametrize(
    "executor",
    [
        "KubernetesExecutor",
        "LocalExecutor,KubernetesExecutor",
        "LocalExecutor;team=KubernetesExecutor",
        "our.own.Executor",
    ],
)
def test_no_deadline_alert_when_an_executor_runs_no_callbacks(executor: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not daily_dag_with(executor, monkeypatch).deadline


def test_callback_executors_are_those_that_support_callbacks() -> None:
    """CeleryExecutor is not installed here; the error for the others names it as one that does."""
    from airflow.executors.local_executor import LocalExecutor
    from airflow.providers.amazon.aws.executors.aws_lambda.lambda_executor import AwsLambdaExecutor
    from airflow.providers.amazon.aws.executors.batch.batch_executor import AwsBatchExecutor
    from airflow.providers.amazon.aws.executors.ecs.ecs_executor import AwsEcsExecutor
    from airflow.providers.cncf.kubernetes.executors.kubernetes_executor import KubernetesExecutor
    from labeling.alarms import CALLBACK_EXECUTORS

    executors = (LocalExecutor, AwsLambdaExecutor, AwsBatchExecutor, AwsEcsExecutor, KubernetesExecutor)
    supporting = {executor.__name__ for executor in executors if executor.supports_callbacks}
    assert supporting | {"CeleryExecutor"} == CALLBACK_EXECUTORS
