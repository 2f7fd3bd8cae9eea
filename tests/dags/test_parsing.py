"""What every DAG has to show before anything runs."""

import ast
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, DeadlineReference

from tests.dags.conftest import DAGS, ROOT

MODES = ("pods", "processes")
EDGES = {
    "daily_labeling": "start_run>wait_for_summary start_run>check_summary wait_for_summary>check_summary "
    "check_summary>update_asset check_summary>drift_report update_asset>drift_report",
    "experiment": "validate_arguments>validate prepare_arguments>prepare validate>prepare prepare>plan plan_arguments>plan plan>training_arguments training_arguments>train "
    "train>evaluate evaluate>gate gate>report report>decide decide>register decide>propose decide>raise_alarm "
    "register>propose",
    "backfill_labels": "days>label_day",
    "backfill_day": "start_run>wait_for_summary start_run>check_summary wait_for_summary>check_summary "
    "check_summary>update_asset",
}


@pytest.fixture(params=MODES)
def dags(request: pytest.FixtureRequest, parsed: Callable[[str], dict[str, DAG]]) -> dict[str, DAG]:
    return parsed(request.param)


@pytest.fixture(scope="module")
def parsed() -> Iterator[Callable[[str], dict[str, DAG]]]:
    found: dict[str, dict[str, DAG]] = {}
    patch = pytest.MonkeyPatch()

    def parse(mode: str) -> dict[str, DAG]:
        if mode not in found:
            patch.setenv("AIRFLOW__LABELER__STEPS", mode)
            bag = DagBag(dag_folder=str(DAGS), bundle_name="labeler")
            assert bag.import_errors == {}
            found[mode] = dict(bag.dags)
        return found[mode]

    yield parse
    patch.undo()


def test_these_dags_are_there_with_these_edges(dags: dict[str, DAG]) -> None:
    edges = {
        name: {f"{task.task_id}>{later}" for task in dag.tasks for later in task.downstream_task_ids}
        for name, dag in dags.items()
    }
    assert edges == {name: set(text.split()) for name, text in EDGES.items()}


def test_every_task_ends_some_day_and_tells_when_it_fails(dags: dict[str, DAG]) -> None:
    from labeling.alarms import task_failed

    for dag in dags.values():
        for task in dag.tasks:
            assert isinstance(task.execution_timeout, timedelta), task
            assert task_failed in (task.on_failure_callback or []), task
            assert task.owner == "labeling"


def test_every_task_is_retried_with_a_growing_pause_but_the_start_of_other_dag_runs(dags: dict[str, DAG]) -> None:
    tasks = {task.task_id: task for dag in dags.values() for task in dag.tasks}
    assert {name for name, task in tasks.items() if task.retries < 3} == {"label_day"}
    assert all(task.retry_exponential_backoff > 1 for task in tasks.values())


def test_every_dag_has_its_page_and_its_bound(dags: dict[str, DAG]) -> None:
    for dag in dags.values():
        assert dag.doc_md, dag.dag_id
        assert dag.tags == {"labeler"}
        assert dag.catchup is False
    assert {name: dag.max_active_runs for name, dag in dags.items()} == {
        "daily_labeling": 1,
        "experiment": 1,
        "backfill_labels": 1,
        "backfill_day": 2,
    }


def test_the_daily_dag_has_a_deadline(dags: dict[str, DAG]) -> None:
    daily = dags["daily_labeling"]
    (alert,) = daily.deadline
    assert isinstance(alert.reference, type(DeadlineReference.DAGRUN_LOGICAL_DATE))
    assert alert.interval == timedelta(days=1, minutes=30)


def daily_under(executor: str, monkeypatch: pytest.MonkeyPatch) -> DAG:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
    bag = DagBag(dag_folder=str(DAGS / "daily_labeling.py"), bundle_name="labeler")
    assert bag.import_errors == {}
    found: DAG = bag.dags["daily_labeling"]
    return found


@pytest.mark.parametrize(
    "executor",
    ["LocalExecutor", "CeleryExecutor", "fast:LocalExecutor, airflow.providers.amazon.aws.executors.AwsEcsExecutor"],
)
def test_an_executor_that_runs_callbacks_gets_the_deadline_alert(
    executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert daily_under(executor, monkeypatch).deadline


@pytest.mark.parametrize(
    "executor",
    [
        "KubernetesExecutor",
        "LocalExecutor,KubernetesExecutor",
        "LocalExecutor;team=KubernetesExecutor",
        "our.own.Executor",
    ],
)
def test_an_executor_without_callbacks_gets_none_for_its_scheduler_would_end(
    executor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not daily_under(executor, monkeypatch).deadline


def test_executors_that_run_callbacks_are_known_by_name() -> None:
    """CeleryExecutor is not installed here; the error for the others names it as one that does."""
    from airflow.executors.local_executor import LocalExecutor
    from airflow.providers.amazon.aws.executors.aws_lambda.lambda_executor import AwsLambdaExecutor
    from airflow.providers.amazon.aws.executors.batch.batch_executor import AwsBatchExecutor
    from airflow.providers.amazon.aws.executors.ecs.ecs_executor import AwsEcsExecutor
    from airflow.providers.cncf.kubernetes.executors.kubernetes_executor import KubernetesExecutor
    from labeling.alarms import CALLING_BACK

    executors = (LocalExecutor, AwsLambdaExecutor, AwsBatchExecutor, AwsEcsExecutor, KubernetesExecutor)
    found = {one.__name__ for one in executors if one.supports_callbacks}
    assert found | {"CeleryExecutor"} == CALLING_BACK


@pytest.mark.parametrize("mode", MODES)
def test_parsing_loads_nothing_heavy(mode: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(DAGS)!r})\n"
        "import daily_labeling, experiment, backfill_labels, json\n"
        "print(json.dumps(sorted({'boto3', 'botocore', 'mlflow', 'numpy', 'pandas', 'labeler'} & set(sys.modules))))"
    )
    variables = {**os.environ, "AIRFLOW__LABELER__STEPS": mode}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_a_dag_file_is_a_drawing() -> None:
    """No branch, no loop, no handling of errors: those are in `labeling`, with their tests."""
    logic = (ast.If, ast.For, ast.While, ast.Try, ast.Lambda, ast.IfExp)
    found = [
        (path.name, node.lineno)
        for path in DAGS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, logic)
    ]
    assert found == []


def test_labeler_s_errors_are_known_by_name() -> None:
    """The package is not on the cluster, so the names are repeated; a new error has to be sorted."""
    from labeling.manifest import PERMANENT

    tree = ast.parse((ROOT / "src/labeler/errors.py").read_text(encoding="utf-8"))
    bases = {node.name: ast.unparse(node.bases[0]) for node in tree.body if isinstance(node, ast.ClassDef)}
    assert {name for name, base in bases.items() if base == "PermanentError"} == PERMANENT


def test_the_exit_codes_of_the_command_are_those_of_labeler() -> None:
    from labeling.steps import NOTHING_PASSED, PERMANENT

    text = (ROOT / "src/labeler/errors.py").read_text(encoding="utf-8")
    assert f"EXIT_NOTHING_PASSED = {NOTHING_PASSED}\n" in text
    assert f"EXIT_PERMANENT = {PERMANENT}\n" in text


def test_every_variable_and_connection_is_in_the_table() -> None:
    from labeling.settings import AWS_CONNECTION, DEFAULTS, KUBERNETES_CONNECTION

    page = (ROOT / "docs/airflow.md").read_text(encoding="utf-8")
    rows = {line.split("`")[1]: line for line in page.splitlines() if line.startswith("| `")}
    assert {AWS_CONNECTION, KUBERNETES_CONNECTION, *DEFAULTS} <= set(rows)
    assert [name for name, value in DEFAULTS.items() if value and f"`{value}`" not in rows[name]] == []


@pytest.mark.parametrize("name", ["labeler_manifest_function", "labeler_runs_bucket"])
def test_what_only_a_stage_knows_is_asked_for_and_not_guessed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from labeling.settings import variable

    monkeypatch.delenv(f"AIRFLOW_VAR_{name.upper()}", raising=False)
    with pytest.raises(ValueError, match=f"the Airflow Variable {name} is not set"):
        variable(name)
