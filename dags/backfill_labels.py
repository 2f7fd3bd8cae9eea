"""### Past days again, with a chosen model version

Trigger `backfill_labels` with the form: first and last day, model version. Each day is a DAG run of `backfill_day`, two
at once; the others wait. A day whose daily labels are published is refused, and shown red, unless the form says *beside
published*. Published labels are never written over: the backfill is a run of its own, `backfill-2026-03-01`, or
`backfillv12-2026-03-01` beside published ones, and a partition of its own. It takes its day's landing folder, whatever
daily runs took. `labeler_backfilled_labels` is told, not `labeler_labels`: what runs daily does not start.

Triggering the same days again changes nothing. **A day is red**: its DAG run of `backfill_day` says why, and can be
cleared; the task here is cleared after it.
"""

from datetime import UTC, datetime, timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, dag
from labeling.backfill import days, start_run
from labeling.labels import BACKFILLED_LABELS, emit_asset_event, wait_for_labels
from labeling.settings import DEFAULT_ARGS

DAYS_AT_ONCE = 2


def day(title: str) -> Param:
    """One for each field: a Param holds its value, so a shared one would hold the last field's."""
    return Param(type="string", format="date", title=title)


@dag(
    schedule=None,
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    params={
        "first_day": day("First day"),
        "last_day": day("Last day"),
        "model_version": Param(type="string", pattern="^[0-9]{1,10}$", title="Model version"),
        "is_beside_published": Param(default=False, type="boolean", title="Also days that are published"),
    },
    doc_md=__doc__,
    tags=["labeler"],
)
def backfill_labels() -> None:
    TriggerDagRunOperator.partial(
        task_id="label_day",
        trigger_dag_id="backfill_day",
        logical_date=None,
        wait_for_completion=True,
        deferrable=True,
        poke_interval=15,
        execution_timeout=timedelta(days=7),
        retries=0,
    ).expand(conf=days())


@dag(
    schedule=None,
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    max_active_runs=DAYS_AT_ONCE,
    default_args=DEFAULT_ARGS,
    params={
        "run_date": day("Day"),
        "kind": Param("backfill", type="string"),
        "model_version": Param(type="string"),
        "keep_published": Param(default=True, type="boolean"),
    },
    doc_md="One day of a backfill. Triggered by `backfill_labels`, whose page says what it does.",
    tags=["labeler"],
)
def backfill_day() -> None:
    emit_asset_event(wait_for_labels(start_run()), BACKFILLED_LABELS)


backfill_labels()
backfill_day()
