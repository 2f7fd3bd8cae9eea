"""The days of a backfill, each as the event that its run starts with."""

from datetime import date, timedelta
from typing import Any

from airflow.sdk import task
from airflow.sdk.exceptions import AirflowFailException

from labeling.manifest import START_TIMEOUT, invoke_manifest

MAX_DAYS = 366
EVENT_FIELDS = ("run_date", "kind", "model_version", "keep_published")


@task(execution_timeout=START_TIMEOUT)
def start_run(*, params: Any = None) -> dict[str, Any]:
    """The plan of a past day's run, by the parameters of its DAG run."""
    return invoke_manifest({name: params[name] for name in EVENT_FIELDS})


@task
def days(*, params: Any = None) -> list[dict[str, Any]]:
    """By the form. Raises AirflowFailException for a range that can't be meant."""
    first, last = date.fromisoformat(params["first_day"]), date.fromisoformat(params["last_day"])
    count = (last - first).days + 1
    if not 1 <= count <= MAX_DAYS:
        raise AirflowFailException(f"{first} to {last} are {count} days; give 1 to {MAX_DAYS}, the first one first")
    version, is_beside = params["model_version"], params["is_beside_published"]
    # beside published labels a version has a run of its own; else a day has one backfill, of one version
    kind = f"backfillv{version}" if is_beside else "backfill"
    return [
        {
            "run_date": (first + timedelta(days=number)).isoformat(),
            "kind": kind,
            "model_version": version,
            "keep_published": not is_beside,
        }
        for number in range(count)
    ]
