"""A real scheduler, triggerer and processor of DAGs, and the real handlers and workers of the pipeline.

The tests of all test_scheduler*.py share one Airflow, and each takes days of its own.
"""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.dags.dag_runs import DAY, label_events, run_dag
from tests.dags.local_aws import client, messages, published_objects

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.rest_api import AirflowClient

BROKEN_DAY = "2026-04-01"

pytestmark = pytest.mark.timeout(600)


def test_day_is_labeled_and_its_wait_is_deferred_to_the_triggerer(airflow: "AirflowClient", labeled_day: str) -> None:
    assert set(airflow.tasks("daily_labeling", labeled_day).items()) == {
        (name, "success") for name in ("start_run", "wait_for_summary", "check_summary", "update_asset", "drift_report")
    }
    log = airflow.log("daily_labeling", labeled_day, "wait_for_summary")
    assert "DEFERRED" in log
    assert "generations/0001.json" in log


def test_asset_event_starts_the_downstream_dag_and_carries_the_summary(
    airflow: "AirflowClient", labeled_day: str
) -> None:
    def runs() -> list[Any]:
        return list(airflow.get("/dags/downstream/dagRuns?state=success")["dag_runs"])

    def received() -> list[dict[str, Any]]:
        return [extra for run in runs() for extra in airflow.xcom("downstream", run["dag_run_id"], "seen")]

    airflow.wait_until(lambda: any(extra["run_date"] == DAY for extra in received()), 90, lambda: str(runs()))
    (extra,) = [extra for extra in received() if extra["run_date"] == DAY]
    assert extra["run_id"] == f"daily-{DAY}"
    assert (extra["generation"], extra["model_version"], extra["state"]) == (1, "1", "COMPLETE")
    assert 0.9 < extra["coverage"] <= 1


def test_repeated_day_publishes_nothing_and_emits_no_event(
    local_pipeline: "Pipeline", airflow: "AirflowClient", labeled_day: str
) -> None:
    before, events = published_objects(local_pipeline), label_events(airflow)

    run_id, state = run_dag(airflow, "daily_labeling", run_date=DAY)

    assert state == "success"
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] == "skipped"
    assert label_events(airflow) == events
    assert published_objects(local_pipeline) == before


def test_failed_run_fails_the_dag_run_with_its_reasons_and_alarms(
    local_pipeline: "Pipeline", airflow: "AirflowClient", alarm_queue: str
) -> None:
    s3 = client(local_pipeline, "s3")
    for number in range(5):
        key = f"landing/{BROKEN_DAY}/rubbish-{number}.csv"
        s3.put_object(
            Bucket=local_pipeline.variables["LABELER_RAW_BUCKET"], Key=key, Body=b"no;statement;at;all\r\n1;2;3;4\r\n"
        )

    run_id, state = run_dag(airflow, "daily_labeling", run_date=BROKEN_DAY)

    tasks = airflow.tasks("daily_labeling", run_id)
    assert (state, tasks["check_summary"], tasks["update_asset"]) == ("failed", "failed", "upstream_failed")
    log = airflow.log("daily_labeling", run_id, "check_summary")
    assert f"daily-{BROKEN_DAY}, generation 1 FAILED: only 0.00% of the rows or files have labels" in log
    (task,) = [task for task in airflow.task_instances("daily_labeling", run_id) if task["task_id"] == "check_summary"]
    assert task["try_number"] == 1, "what fails again is not retried"
    airflow.wait_until(
        lambda: any("check_summary failed" in message["Subject"] for message in messages(local_pipeline, alarm_queue)),
        30,
    )


def test_scheduled_run_labels_the_day_of_its_data_interval(airflow: "AirflowClient") -> None:
    """Airflow starts the newest interval that is over as soon as it is up."""

    def scheduled() -> list[Any]:
        return list(airflow.get("/dags/daily_labeling/dagRuns?run_type=scheduled")["dag_runs"])

    airflow.wait_until(lambda: bool(scheduled()), 60)
    (run,) = scheduled()
    assert airflow.wait_until_ended("daily_labeling", run["dag_run_id"]) == "success"
    plan = airflow.xcom("daily_labeling", run["dag_run_id"], "start_run")
    assert plan["run_date"] == run["data_interval_start"][:10]
    interval_end = date.fromisoformat(run["data_interval_end"][:10])
    assert date.fromisoformat(plan["run_date"]) == interval_end - timedelta(days=1)


def test_missed_deadline_alarms_and_the_dag_run_continues(
    local_pipeline: "Pipeline", airflow: "AirflowClient", alarm_queue: str
) -> None:
    run_id = airflow.trigger("late", {}, logical_date=datetime.now(UTC).isoformat())

    airflow.wait_until(
        lambda: any(
            "late is not done in time" in message["Subject"] for message in messages(local_pipeline, alarm_queue)
        ),
        120,
    )

    assert airflow.wait_until_ended("late", run_id) == "success"
