"""What every DAG has when it is parsed, before anything runs."""

import ast
import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk import DAG, DeadlineReference

from tests.dags.conftest import DAGS

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
    bags: dict[str, dict[str, DAG]] = {}
    patch = pytest.MonkeyPatch()

    def parse(mode: str) -> dict[str, DAG]:
        if mode not in bags:
            patch.setenv("AIRFLOW__LABELER__STEPS", mode)
            bag = DagBag(dag_folder=str(DAGS), bundle_name="labeler")
            assert bag.import_errors == {}
            bags[mode] = dict(bag.dags)
        return bags[mode]

    yield parse
    patch.undo()


def test_dags_have_these_tasks_and_edges(dags: dict[str, DAG]) -> None:
    edges = {
        name: {f"{task.task_id}>{later}" for task in dag.tasks for later in task.downstream_task_ids}
        for name, dag in dags.items()
    }
    assert edges == {name: set(text.split()) for name, text in EDGES.items()}


def test_every_task_has_a_timeout_and_alarms_when_it_fails(dags: dict[str, DAG]) -> None:
    from labeling.alarms import task_failed

    for dag in dags.values():
        for task in dag.tasks:
            assert isinstance(task.execution_timeout, timedelta), task
            assert task_failed in (task.on_failure_callback or []), task
            assert task.owner == "labeling"


def test_every_task_but_the_trigger_of_other_dags_is_retried_with_backoff(dags: dict[str, DAG]) -> None:
    tasks = {task.task_id: task for dag in dags.values() for task in dag.tasks}
    assert {name for name, task in tasks.items() if task.retries < 3} == {"label_day"}
    assert all(task.retry_exponential_backoff > 1 for task in tasks.values())


def test_every_dag_has_a_page_a_tag_and_a_limit_of_active_runs(dags: dict[str, DAG]) -> None:
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


def test_daily_dag_has_a_deadline_alert(dags: dict[str, DAG]) -> None:
    daily = dags["daily_labeling"]
    (alert,) = daily.deadline
    assert isinstance(alert.reference, type(DeadlineReference.DAGRUN_LOGICAL_DATE))
    assert alert.interval == timedelta(days=1, minutes=30)


@pytest.mark.parametrize("mode", MODES)
def test_parsing_imports_no_heavy_library(mode: str) -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(DAGS)!r})\n"
        "import daily_labeling, experiment, backfill_labels, json\n"
        "print(json.dumps(sorted({'boto3', 'botocore', 'mlflow', 'numpy', 'pandas', 'labeler'} & set(sys.modules))))"
    )
    variables = {**os.environ, "AIRFLOW__LABELER__STEPS": mode}
    done = subprocess.run([sys.executable, "-c", code], env=variables, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout.splitlines()[-1]) == []


def test_labeler_is_not_importable_where_dags_are_parsed() -> None:
    assert importlib.util.find_spec("labeler") is None


def test_dag_files_have_no_logic() -> None:
    """No branch, no loop, no handling of errors: those are in `labeling`, with their tests."""
    logic = (ast.If, ast.For, ast.While, ast.Try, ast.Lambda, ast.IfExp)
    statements = [
        (path.name, node.lineno)
        for path in DAGS.glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, logic)
    ]
    assert statements == []
