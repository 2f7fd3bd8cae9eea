"""Backfills of past days, on the Airflow that the scheduler tests share."""

from typing import TYPE_CHECKING

import pytest

from tests.dags.dag_runs import DAY, run_dag
from tests.dags.local_aws import published_objects

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline
    from labeler_local.airflow.rest_api import AirflowClient

PAST = ["2026-02-01", "2026-02-02", "2026-02-03"]

pytestmark = pytest.mark.timeout(600)


def test_backfill_labels_three_days_with_the_chosen_model_version(
    local_pipeline: "Pipeline", airflow: "AirflowClient"
) -> None:
    for number, day in enumerate(PAST):
        local_pipeline.land(day, files=10, seed=number + 2)

    run_id, state = run_dag(
        airflow, "backfill_labels", first_day=PAST[0], last_day=PAST[-1], model_version="1", is_beside_published=False
    )

    assert (state, set(airflow.tasks("backfill_labels", run_id).values())) == ("success", {"success"})
    events = airflow.events("labeler_backfilled_labels")
    extras = {event["extra"]["run_id"]: event["extra"] for event in events}
    assert set(extras) == {f"backfill-{day}" for day in PAST}
    assert all(extra["model_version"] == "1" and extra["state"] == "COMPLETE" for extra in extras.values())
    labeled_days = {
        key.split("/")[2:4][0]
        for key in published_objects(local_pipeline)
        if "/run=backfill-" in key and "/labels/" in key
    }
    assert labeled_days == {f"day={day}" for day in PAST}


def test_backfill_of_a_published_day_is_refused_unless_the_form_allows_it(
    local_pipeline: "Pipeline", airflow: "AirflowClient", labeled_day: str
) -> None:
    before = published_objects(local_pipeline)
    form = {"first_day": DAY, "last_day": DAY, "model_version": "1"}

    _, refused = run_dag(airflow, "backfill_labels", **form, is_beside_published=False)

    assert refused == "failed"
    assert published_objects(local_pipeline) == before
    (day,) = airflow.get("/dags/backfill_day/dagRuns?state=failed")["dag_runs"]
    log = airflow.log("backfill_day", day["dag_run_id"], "start_run")
    assert f"RunConflictError: {DAY} is labeled: daily-{DAY} published generation 1" in log

    _, beside = run_dag(airflow, "backfill_labels", **form, is_beside_published=True)

    assert beside == "success"
    after = published_objects(local_pipeline)
    assert {key: after[key] for key in before} == before
    assert {key.split("/")[-2] for key in set(after) - set(before) if "/labels/" in key} == {f"run=backfillv1-{DAY}"}
