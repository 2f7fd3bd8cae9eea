"""Recovery from failed units: the cause is removed, the run redriven, and the whole DAG run cleared.

On the Airflow that the scheduler tests share.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.dags.dag_runs import label_events, run_dag
from tests.dags.local_aws import client, published_objects

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.rest_api import AirflowClient

RED_DAY = "2026-05-01"
GREEN_DAY = "2026-06-01"
UNIT_FILES = 10
"""Of the stack that conftest.py starts."""

pytestmark = pytest.mark.timeout(600)


def archive_a_file(local_pipeline: "Pipeline", day: str) -> tuple[str, bytes]:
    """A lifecycle rule that reached too far: a file is listed, S3 refuses to give it, its unit fails. (key, body)"""
    s3, bucket = client(local_pipeline, "s3"), local_pipeline.variables["LABELER_RAW_BUCKET"]
    key: str = s3.list_objects_v2(Bucket=bucket, Prefix=f"landing/{day}/")["Contents"][0]["Key"]
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=body, StorageClass="GLACIER")
    return key, body


def restore(local_pipeline: "Pipeline", key: str, body: bytes) -> None:
    client(local_pipeline, "s3").put_object(Bucket=local_pipeline.variables["LABELER_RAW_BUCKET"], Key=key, Body=body)


@contextmanager
def workers_suspended(local_pipeline: "Pipeline") -> Iterator[None]:
    """As on a cluster that has scaled in: what is sent stays undone until the block ends."""
    processes = psutil.Process(local_pipeline.process).children()
    workers = [process for process in processes if process.cmdline()[-2:] == ["labeler", "worker"]]
    assert workers
    for worker in workers:
        worker.suspend()
    try:
        yield
    finally:
        for worker in workers:
            worker.resume()


def redrive_and_clear(
    local_pipeline: "Pipeline", airflow: "AirflowClient", day: str, run_id: str, *, try_number: int
) -> None:
    """What a person does, while nobody works on it: the DAG run waits for the second generation, and for no less."""
    output = local_pipeline.labeler("run", "redrive", day)
    assert f"daily-{day} reopened for generation 2: 1 units" in output
    airflow.clear("daily_labeling", run_id)
    airflow.wait_until(lambda: airflow.tasks("daily_labeling", run_id)["wait_for_summary"] == "deferred", 180)
    log = airflow.log("daily_labeling", run_id, "wait_for_summary", try_number=try_number)
    assert f"waiting for runs/daily-{day}/generations/0002.json" in log
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] is None


def tries(airflow: "AirflowClient", run_id: str) -> dict[str, int]:
    return {task["task_id"]: task["try_number"] for task in airflow.task_instances("daily_labeling", run_id)}


def events_of(airflow: "AirflowClient", day: str) -> list[tuple[int, str]]:
    """(generation, state) of each event of the day."""
    return [(extra["generation"], extra["state"]) for extra in label_events(airflow) if extra["run_date"] == day]


def received_downstream(airflow: "AirflowClient", day: str) -> list[int]:
    """The generations of the day that started the DAG which waits for labels; all of its DAG runs have to be over."""
    runs = airflow.get("/dags/downstream/dagRuns?limit=100")["dag_runs"]
    if any(run["state"] != "success" for run in runs):
        return []
    received = [extra for run in runs for extra in airflow.xcom("downstream", run["dag_run_id"], "seen")]
    return [extra["generation"] for extra in received if extra["run_date"] == day]


def test_redriven_and_cleared_failed_day_waits_for_the_next_generation_and_emits_one_event(
    local_pipeline: "Pipeline", airflow: "AirflowClient"
) -> None:
    local_pipeline.land(RED_DAY, files=UNIT_FILES, seed=5)
    archived = archive_a_file(local_pipeline, RED_DAY)
    run_id, state = run_dag(airflow, "daily_labeling", run_date=RED_DAY)
    assert state == "failed", airflow.tasks("daily_labeling", run_id)
    assert events_of(airflow, RED_DAY) == []
    restore(local_pipeline, *archived)

    with workers_suspended(local_pipeline):
        redrive_and_clear(local_pipeline, airflow, RED_DAY, run_id, try_number=2)

    assert airflow.wait_until_ended("daily_labeling", run_id) == "success"
    assert set(airflow.tasks("daily_labeling", run_id).values()) == {"success"}
    assert tries(airflow, run_id)["check_summary"] == 2, "the older summary was never looked at again"
    assert events_of(airflow, RED_DAY) == [(2, "COMPLETE")]
    airflow.wait_until(lambda: received_downstream(airflow, RED_DAY) == [2], 90)


def test_successful_day_emits_another_event_after_a_redrive_and_none_when_only_cleared(
    local_pipeline: "Pipeline", airflow: "AirflowClient"
) -> None:
    local_pipeline.land(GREEN_DAY, files=3 * UNIT_FILES, seed=6)
    archived = archive_a_file(local_pipeline, GREEN_DAY)
    run_id, state = run_dag(airflow, "daily_labeling", run_date=GREEN_DAY)
    assert state == "success", airflow.tasks("daily_labeling", run_id)
    first = [(1, "COMPLETE_WITH_FAILURES")]
    assert events_of(airflow, GREEN_DAY) == first
    before = published_objects(local_pipeline)

    airflow.clear("daily_labeling", run_id)

    assert airflow.wait_until_ended("daily_labeling", run_id) == "success"
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] == "skipped"
    assert (events_of(airflow, GREEN_DAY), published_objects(local_pipeline)) == (first, before)

    restore(local_pipeline, *archived)
    with workers_suspended(local_pipeline):
        redrive_and_clear(local_pipeline, airflow, GREEN_DAY, run_id, try_number=3)

    assert airflow.wait_until_ended("daily_labeling", run_id) == "success"
    assert events_of(airflow, GREEN_DAY) == [*first, (2, "COMPLETE")]
    airflow.wait_until(lambda: received_downstream(airflow, GREEN_DAY) == [1, 2], 90)
