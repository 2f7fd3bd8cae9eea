"""What a person does when units died: the cause goes away, a redrive, and the whole DAG run cleared.

On the Airflow of test_scheduler.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.dags.test_scheduler import client, extras, published, run_of

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.server import Airflow

RED_DAY = "2026-05-01"
GREEN_DAY = "2026-06-01"
UNIT_FILES = 10
"""Of the stack that conftest.py starts."""

pytestmark = pytest.mark.timeout(600)


def archive_a_file(laptop: "Pipeline", day: str) -> tuple[str, bytes]:
    """A lifecycle rule that reached too far: a file is listed, S3 refuses to give it, its unit dies. (key, body)"""
    s3, bucket = client(laptop, "s3"), laptop.variables["LABELER_RAW_BUCKET"]
    key: str = s3.list_objects_v2(Bucket=bucket, Prefix=f"landing/{day}/")["Contents"][0]["Key"]
    body: bytes = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    s3.put_object(Bucket=bucket, Key=key, Body=body, StorageClass="GLACIER")
    return key, body


def restore(laptop: "Pipeline", key: str, body: bytes) -> None:
    client(laptop, "s3").put_object(Bucket=laptop.variables["LABELER_RAW_BUCKET"], Key=key, Body=body)


@contextmanager
def no_worker(laptop: "Pipeline") -> Iterator[None]:
    """As on a cluster that has scaled in: what is sent stays undone until the block ends."""
    children = psutil.Process(laptop.process).children()
    workers = [child for child in children if child.cmdline()[-2:] == ["labeler", "worker"]]
    assert workers
    for worker in workers:
        worker.suspend()
    try:
        yield
    finally:
        for worker in workers:
            worker.resume()


def redrive_and_clear(laptop: "Pipeline", airflow: "Airflow", day: str, run_id: str, *, try_number: int) -> None:
    """What a person does, while nobody works on it: the DAG run waits for the second generation, and for no less."""
    said = laptop.labeler("run", "redrive", day)
    assert f"daily-{day} reopened for generation 2: 1 units" in said
    airflow.clear("daily_labeling", run_id)
    airflow.wait(lambda: airflow.tasks("daily_labeling", run_id)["wait_for_summary"] == "deferred", 180)
    log = airflow.log("daily_labeling", run_id, "wait_for_summary", try_number=try_number)
    assert f"waiting for runs/daily-{day}/generations/0002.json" in log
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] is None


def tries(airflow: "Airflow", run_id: str) -> dict[str, int]:
    found = airflow.get(f"/dags/daily_labeling/dagRuns/{run_id}/taskInstances")["task_instances"]
    return {one["task_id"]: one["try_number"] for one in found}


def told(airflow: "Airflow", day: str) -> list[tuple[int, str]]:
    """(generation, state) of each event of the day."""
    return [(extra["generation"], extra["state"]) for extra in extras(airflow) if extra["run_date"] == day]


def heard(airflow: "Airflow", day: str) -> list[int]:
    """The generations of the day that started the DAG which waits for labels; all of its DAG runs have to be over."""
    runs = airflow.get("/dags/downstream/dagRuns?limit=100")["dag_runs"]
    if any(run["state"] != "success" for run in runs):
        return []
    seen = [extra for run in runs for extra in airflow.answer("downstream", run["dag_run_id"], "seen")]
    return [extra["generation"] for extra in seen if extra["run_date"] == day]


def test_a_red_day_that_was_redriven_and_cleared_waits_for_the_next_generation_and_is_told_once(
    laptop: "Pipeline", airflow: "Airflow"
) -> None:
    laptop.land(RED_DAY, files=UNIT_FILES, seed=5)
    archived = archive_a_file(laptop, RED_DAY)
    run_id, state = run_of(airflow, "daily_labeling", run_date=RED_DAY)
    assert state == "failed", airflow.tasks("daily_labeling", run_id)
    assert told(airflow, RED_DAY) == []
    restore(laptop, *archived)

    with no_worker(laptop):
        redrive_and_clear(laptop, airflow, RED_DAY, run_id, try_number=2)

    assert airflow.ended("daily_labeling", run_id) == "success"
    assert set(airflow.tasks("daily_labeling", run_id).values()) == {"success"}
    assert tries(airflow, run_id)["check_summary"] == 2, "the older summary was never looked at again"
    assert told(airflow, RED_DAY) == [(2, "COMPLETE")]
    airflow.wait(lambda: heard(airflow, RED_DAY) == [2], 90)


def test_a_green_day_is_told_again_after_a_redrive_and_not_by_clearing_alone(
    laptop: "Pipeline", airflow: "Airflow"
) -> None:
    laptop.land(GREEN_DAY, files=3 * UNIT_FILES, seed=6)
    archived = archive_a_file(laptop, GREEN_DAY)
    run_id, state = run_of(airflow, "daily_labeling", run_date=GREEN_DAY)
    assert state == "success", airflow.tasks("daily_labeling", run_id)
    first = [(1, "COMPLETE_WITH_FAILURES")]
    assert told(airflow, GREEN_DAY) == first
    before = published(laptop)

    airflow.clear("daily_labeling", run_id)

    assert airflow.ended("daily_labeling", run_id) == "success"
    assert airflow.tasks("daily_labeling", run_id)["update_asset"] == "skipped"
    assert (told(airflow, GREEN_DAY), published(laptop)) == (first, before)

    restore(laptop, *archived)
    with no_worker(laptop):
        redrive_and_clear(laptop, airflow, GREEN_DAY, run_id, try_number=3)

    assert airflow.ended("daily_labeling", run_id) == "success"
    assert told(airflow, GREEN_DAY) == [*first, (2, "COMPLETE")]
    airflow.wait(lambda: heard(airflow, GREEN_DAY) == [1, 2], 90)
