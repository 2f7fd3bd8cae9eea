"""The assets that downstream pipelines wait for, and the tasks from a day to them."""

import json
import logging
from datetime import timedelta
from typing import Any

from airflow.sdk import Asset, XComArg, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowSkipException

from labeling.generation import PublishedGeneration
from labeling.manifest import START_TIMEOUT, invoke_manifest
from labeling.settings import AWS_CONNECTION, variable

LOGGER = logging.getLogger(__name__)

# a name and no URI: for a URI's scheme Airflow asks all providers, and Amazon's imports boto3 at each parse
LABELS = Asset("labeler_labels", group="labeler")
"""A day is labeled. Each event's extra says run, generation, coverage and model version."""
BACKFILLED_LABELS = Asset("labeler_backfilled_labels", group="labeler")
"""A past day has labels of another model version; apart, so that a backfill does not start what runs daily."""

MAX_RECENT_EVENTS = 400
"""More than a year of days."""
EVENT_FIELDS = (
    "run_id",
    "run_date",
    "generation",
    "state",
    "coverage",
    "model_name",
    "model_version",
    "labels",
    "reasons",
)


@task(execution_timeout=START_TIMEOUT)
def start_run(*, params: Any = None, data_interval_start: Any = None) -> dict[str, Any]:
    """The plan of the run of the form's day, or of the data interval's.

    Repeating it starts nothing twice, so it is retried without fear. Raises AirflowFailException when nothing names a
    day: a DAG run that was triggered without a logical date has no data interval.
    """
    run_date = params["run_date"] or (data_interval_start and data_interval_start.date().isoformat())
    if not run_date:
        raise AirflowFailException(
            'no day is named: this DAG run has no data interval; give run_date, as in --conf \'{"run_date": "2026-03-01"}\''
        )
    return invoke_manifest({"run_date": run_date})


@task(retries=5, execution_timeout=timedelta(minutes=5))
def check_summary(plan: dict[str, Any]) -> dict[str, Any]:
    """The fields of the summary that the asset event carries. A FAILED run fails here, with its reasons."""
    from airflow.providers.amazon.aws.hooks.s3 import S3Hook

    summary = json.loads(S3Hook(AWS_CONNECTION).read_key(plan["summary_key"], variable("labeler_runs_bucket")))
    name = f"{summary['run_id']}, generation {summary['generation']}"
    if summary["generation"] < plan["generation"]:
        # partition and summary follow the generation; a publisher that died in between is finished by the next tick
        raise AirflowException(f"{name}: generation {plan['generation']} is settled, its summary not written yet")
    if summary["state"] == "FAILED":
        raise AirflowFailException(f"{name} FAILED: {'; '.join(summary['reasons'])}")
    for reason in summary["reasons"]:
        LOGGER.warning("%s is %s: %s", name, summary["state"], reason)
    return {key: summary[key] for key in EVENT_FIELDS}


def wait_for_labels(plan: XComArg) -> XComArg:
    """Draws: wait for the run of the plan, without a worker slot, then check what it published."""
    published = PublishedGeneration(task_id="wait_for_summary", generation_key=plan["generation_key"])
    summary = check_summary(plan)
    published >> summary
    return summary


def emit_asset_event(summary: XComArg, asset: Asset) -> XComArg:
    """Draws the update of an asset, which starts the DAGs that wait for it."""

    @task(inlets=[asset], outlets=[asset], execution_timeout=timedelta(minutes=5))
    def update_asset(summary: dict[str, Any], *, inlet_events: Any = None, outlet_events: Any = None) -> None:
        """One event a generation: a repeated day starts nothing again."""
        recent_events = inlet_events[asset].ascending(ascending=False).limit(MAX_RECENT_EVENTS)
        if any(is_same_generation(event.extra, summary) for event in recent_events):
            raise AirflowSkipException(f"{summary['run_id']}, generation {summary['generation']} was told before")
        outlet_events[asset].extra = summary

    return update_asset(summary)


def is_same_generation(extra: dict[str, Any], summary: dict[str, Any]) -> bool:
    """Both are of the same generation of the same run."""
    return all(extra.get(key) == summary[key] for key in ("run_id", "generation"))
