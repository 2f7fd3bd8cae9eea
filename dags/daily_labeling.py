"""### The daily labels

Every day at 04:30 UTC the day before is labeled.

1. **start_run** asks the manifest Lambda to open the day's run. Asking twice starts nothing twice.
2. **wait_for_summary** waits for what the run publishes, in the triggerer: no worker slot is held.
3. **check_summary** fails when the run FAILED, with its reasons. COMPLETE_WITH_FAILURES is a warning.
4. **update_asset** tells `labeler_labels`; DAGs that are scheduled on it start. Its extra has `run_id`, `generation`,
   `coverage`, `model_version`. A generation is told once: a repeated day starts nothing again.
5. **drift_report** compares the day with what its model knows.

The run's deadline is 30 minutes. The pipeline watches it from the first minute; this DAG's own deadline alert, at 05:00, is a
second line, where the executor runs callbacks (`docs/airflow.md`). A file that comes late is taken by the next day's run, so
days that Airflow missed are not caught up.

**It is red**: read the reasons in `check_summary`, then `docs/runbooks/run-failed.md`. After `labeler run redrive`, clear
the whole DAG run: it waits for the next generation. **Another day**: trigger it with `run_date`; the command
`airflow dags trigger` names no day itself.
"""

from datetime import UTC, datetime, timedelta

from airflow.sdk import CronDataIntervalTimetable, Param, dag
from labeling.alarms import deadline
from labeling.labels import LABELS, emit_asset_event, start_run, wait_for_labels
from labeling.settings import DEFAULT_ARGS
from labeling.steps import drift_report


@dag(
    schedule=CronDataIntervalTimetable("30 4 * * *", timezone="UTC"),
    start_date=datetime(2026, 11, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    # the logical date is the start of the data interval, a day before the run
    deadline=deadline(timedelta(days=1, minutes=30)),
    default_args=DEFAULT_ARGS,
    params={
        "run_date": Param(
            None, type=["null", "string"], format="date", description="Another day than the data interval's."
        )
    },
    doc_md=__doc__,
    tags=["labeler"],
)
def daily_labeling() -> None:
    summary = wait_for_labels(start_run())
    emit_asset_event(summary, LABELS) >> drift_report(summary["run_id"])


daily_labeling()
