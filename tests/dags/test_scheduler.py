"""A real scheduler, triggerer and processor of DAGs, and the real handlers and workers of the pipeline.

The tests share one Airflow, and each takes days of its own.
"""

import json
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import boto3
import pytest

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.server import Airflow

DAY = "2026-03-01"
BROKEN_DAY = "2026-04-01"
PAST = ["2026-02-01", "2026-02-02", "2026-02-03"]

pytestmark = pytest.mark.timeout(600)


def client(laptop: "Pipeline", service: str) -> Any:
    told = laptop.variables
    return boto3.client(
        service,
        endpoint_url=told["AWS_ENDPOINT_URL"],
        region_name=told["AWS_DEFAULT_REGION"],
        aws_access_key_id=told["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=told["AWS_SECRET_ACCESS_KEY"],
    )


def published(laptop: "Pipeline") -> dict[str, str]:
    """Every object of labels, quarantine and runs, but the drift verdict, which says when it was looked."""
    s3 = client(laptop, "s3")
    found = {}
    for bucket in (laptop.variables["LABELER_LABELS_BUCKET"], laptop.variables["LABELER_RUNS_BUCKET"]):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            found.update({f"{bucket}/{one['Key']}": one["ETag"] for one in page.get("Contents", [])})
    return {key: tag for key, tag in found.items() if not key.endswith("drift.json")}


def messages(laptop: "Pipeline", queue: str) -> list[dict[str, Any]]:
    sqs = client(laptop, "sqs")
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(one["Body"]) for one in answer.get("Messages", [])]


def extras(airflow: "Airflow") -> list[dict[str, Any]]:
    """What was told of labeled days; the rest of an event says which DAG runs it started, which goes on."""
    return [event["extra"] for event in airflow.events("labeler_labels")]


def run_of(airflow: "Airflow", dag_id: str, **conf: Any) -> tuple[str, str]:
    """(id of the DAG run, the state that it ended with)"""
    run_id = airflow.trigger(dag_id, conf)
    return run_id, airflow.ended(dag_id, run_id)


@pytest.fixture(scope="module")
def labeled_day(laptop: "Pipeline", airflow: "Airflow") -> str:
    """The DAG run that labeled a day."""
    laptop.land(DAY)
    run_id, state = run_of(airflow, "daily_labeling", run_date=DAY)
    assert state == "success", airflow.tasks("daily_labeling", run_id)
    return run_id


def test_a_day_is_labeled_by_tasks_that_wait_in_the_triggerer(airflow: "Airflow", labeled_day: str) -> None:
    assert set(airflow.tasks("daily_labeling", labeled_day).items()) == {
        (name, "success") for name in ("start_run", "wait_for_summary", "check_summary", "update_asset", "drift_report")
    }
    log = airflow.log("daily_labeling", labeled_day, "wait_for_summary")
    assert "DEFERRED" in log
    assert "generations/0001.json" in log


def test_the_asset_s_event_starts_who_waits_for_it_and_says_what_is_there(airflow: "Airflow", labeled_day: str) -> None:
    def runs() -> list[Any]:
        return list(airflow.get("/dags/downstream/dagRuns?state=success")["dag_runs"])

    def seen() -> list[dict[str, Any]]:
        return [extra for run in runs() for extra in airflow.answer("downstream", run["dag_run_id"], "seen")]

    airflow.wait(lambda: any(extra["run_date"] == DAY for extra in seen()), 90, lambda: str(runs()))
    (extra,) = [extra for extra in seen() if extra["run_date"] == DAY]
    assert extra["run_id"] == f"daily-{DAY}"
    assert (extra["generation"], extra["model_version"], extra["state"]) == (1, "1", "COMPLETE")
    assert 0.9 < extra["coverage"] <= 1


def test_a_repeated_day_changes_nothing_and_starts_nobody(
    laptop: "Pipeline", airflow: "Airflow", labeled_day: str
) -> None:
    before, told = published(laptop), extras(airflow)

    run_id, state = run_of(airflow, "daily_labeling", run_date=DAY)

    assert state == "success"
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] == "skipped"
    assert extras(airflow) == told
    assert published(laptop) == before


def test_a_failed_run_is_red_with_its_reasons_and_an_alarm_says_so(
    laptop: "Pipeline", airflow: "Airflow", alarms: str
) -> None:
    s3 = client(laptop, "s3")
    for number in range(5):
        key = f"landing/{BROKEN_DAY}/rubbish-{number}.csv"
        s3.put_object(
            Bucket=laptop.variables["LABELER_RAW_BUCKET"], Key=key, Body=b"no;statement;at;all\r\n1;2;3;4\r\n"
        )

    run_id, state = run_of(airflow, "daily_labeling", run_date=BROKEN_DAY)

    tasks = airflow.tasks("daily_labeling", run_id)
    assert (state, tasks["check_summary"], tasks["update_asset"]) == ("failed", "failed", "upstream_failed")
    log = airflow.log("daily_labeling", run_id, "check_summary")
    assert f"daily-{BROKEN_DAY}, generation 1 FAILED: only 0.00% of the rows or files have labels" in log
    (task,) = airflow.get(f"/dags/daily_labeling/dagRuns/{run_id}/taskInstances?task_id=check_summary")[
        "task_instances"
    ]
    assert task["try_number"] == 1, "what fails again is not retried"
    airflow.wait(lambda: any("check_summary failed" in one["Subject"] for one in messages(laptop, alarms)), 30)


def test_the_schedule_itself_labels_the_day_of_its_data_interval(airflow: "Airflow") -> None:
    """Airflow starts the newest interval that is over as soon as it is up."""

    def scheduled() -> list[Any]:
        return list(airflow.get("/dags/daily_labeling/dagRuns?run_type=scheduled")["dag_runs"])

    airflow.wait(lambda: bool(scheduled()), 60)
    (run,) = scheduled()
    assert airflow.ended("daily_labeling", run["dag_run_id"]) == "success"
    plan = airflow.answer("daily_labeling", run["dag_run_id"], "start_run")
    assert plan["run_date"] == run["data_interval_start"][:10]
    over = date.fromisoformat(run["data_interval_end"][:10])
    assert date.fromisoformat(plan["run_date"]) == over - timedelta(days=1)


def test_a_backfill_labels_three_days_with_the_chosen_version_two_at_once(
    laptop: "Pipeline", airflow: "Airflow"
) -> None:
    for number, day in enumerate(PAST):
        laptop.land(day, files=10, seed=number + 2)

    run_id, state = run_of(
        airflow, "backfill_labels", first_day=PAST[0], last_day=PAST[-1], model_version="1", is_beside_published=False
    )

    assert (state, set(airflow.tasks("backfill_labels", run_id).values())) == ("success", {"success"})
    told = {one["extra"]["run_id"]: one["extra"] for one in airflow.events("labeler_backfilled_labels")}
    assert set(told) == {f"backfill-{day}" for day in PAST}
    assert all(extra["model_version"] == "1" and extra["state"] == "COMPLETE" for extra in told.values())
    labels = {key.split("/")[2:4][0] for key in published(laptop) if "/run=backfill-" in key and "/labels/" in key}
    assert labels == {f"day={day}" for day in PAST}


def test_a_backfill_keeps_off_a_published_day_until_it_is_asked_for(
    laptop: "Pipeline", airflow: "Airflow", labeled_day: str
) -> None:
    before = published(laptop)
    form = {"first_day": DAY, "last_day": DAY, "model_version": "1"}

    _, refused = run_of(airflow, "backfill_labels", **form, is_beside_published=False)

    assert refused == "failed"
    assert published(laptop) == before
    (day,) = airflow.get("/dags/backfill_day/dagRuns?state=failed")["dag_runs"]
    log = airflow.log("backfill_day", day["dag_run_id"], "start_run")
    assert f"RunConflictError: {DAY} is labeled: daily-{DAY} published generation 1" in log

    _, beside = run_of(airflow, "backfill_labels", **form, is_beside_published=True)

    assert beside == "success"
    after = published(laptop)
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[-2] for key in set(after) - set(before) if "/labels/" in key} == {f"run=backfillv1-{DAY}"}


def test_a_missed_deadline_is_told_while_the_dag_run_goes_on(
    laptop: "Pipeline", airflow: "Airflow", alarms: str
) -> None:
    run_id = airflow.trigger("late", {}, logical_date=datetime.now(UTC).isoformat())

    airflow.wait(lambda: any("late is not done in time" in one["Subject"] for one in messages(laptop, alarms)), 120)

    assert airflow.ended("late", run_id) == "success"
