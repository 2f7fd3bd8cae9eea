"""A daily run on a deployed pipeline, and the conditions that it must meet."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from labeler.errors import PermanentError, ServiceUnavailableError
from labeler.experiment.training.first_champion import first_champion
from labeler.messages import RunState
from labeler.published import RunSummary
from labeler.runs.connection import Connection
from labeler.runs.start import invoke_manifest
from labeler.runs.wait import wait_until_published
from labeler.settings import ExperimentSettings
from labeler.task import RawFile
from labeler_local.emulator.stack import LocalStack
from labeler_local.synthetic import LIKE_REAL, REJECTABLE, generate

FILES, SEED = 400, 8
TRAINING_ACCOUNTS = 60
WORKERS = 2
TIMEOUT_S = 120.0
LATE_COMPLETIONS_S = 20.0
"""The last completion messages may come after the tick that published."""


@dataclass(frozen=True, slots=True)
class DailyRun:
    summary: RunSummary
    completions: int
    """Messages that S3 sent to the completion queue."""
    forecasts: int
    """Forecasts that ticks made of the open run."""


def run_daily_labeling(stack: LocalStack, run_date: date, *, files: int = FILES) -> DailyRun:
    """Raises PermanentError that names the conditions not met, or what a process of the run raised."""
    connection = Connection(stack.operator_settings, stack.aws)
    stack.start_workers(WORKERS)  # they load their libraries while the champion is trained
    _train(stack)
    landed = (RawFile(*file) for file in generate(accounts=files, seed=SEED, with_labels=False, corruption=REJECTABLE))
    stack.put_files({file.key: file.body for file in landed}, run_date)
    plan = invoke_manifest(connection, run_date)
    summary = wait_until_published(connection, plan.run_id, check=_watcher(stack))
    _await_completions(stack, summary)
    daily_run = DailyRun(summary, stack.completions_delivered, len(connection.ledger.forecasts(plan.run_id)))
    if problems := list(problems_of(daily_run, stack, files=files)):
        raise PermanentError(f"{plan.run_id} is not as it should be: {'; '.join(problems)}")
    return daily_run


def problems_of(daily_run: DailyRun, stack: LocalStack, *, files: int) -> Iterator[str]:
    """Conditions that the run does not meet, one sentence each."""
    run = daily_run.summary
    if run.state is not RunState.COMPLETE:
        yield f"it is {run.state}: {', '.join(run.reasons)}"
    if run.files != files:
        yield f"{files} files landed and {run.files} are in the run"
    if run.rows_in != run.rows_labeled + run.rows_quarantined:
        yield f"of {run.rows_in} rows {run.rows_labeled} have labels and {run.rows_quarantined} are in quarantine"
    if not run.rows_labeled or not run.rows_quarantined:
        yield "the day had good rows and bad ones, and one of the two is missing"
    if run.units < WORKERS:
        yield f"{run.units} units are no work for {WORKERS} workers"
    if daily_run.completions < run.units:
        yield f"S3 told of {daily_run.completions} objects, the run has {run.units} receipts"
    if not daily_run.forecasts:
        yield "no tick looked at it"
    if not _has_partition(stack, run):
        yield f"the table {stack.resources.glue_table} has no partition for it"
    if stack.errors:
        yield f"{stack.errors[0].function} raised {stack.errors[0].error}"


def _train(stack: LocalStack) -> None:
    settings = ExperimentSettings(registry_uri=stack.manifest_settings.registry_uri)
    labeled = generate(accounts=TRAINING_ACCOUNTS, seed=SEED - 1, with_labels=True, corruption=LIKE_REAL)
    first_champion([RawFile(*file) for file in labeled], settings, at=datetime.now(UTC))


def _watcher(stack: LocalStack) -> Callable[[], None]:
    deadline = time.monotonic() + TIMEOUT_S

    def check() -> None:
        if why := stack.workers.why_none_runs():
            raise PermanentError(why)
        if stack.errors:
            raise PermanentError(f"{stack.errors[0].function} raised {stack.errors[0].error}")
        if time.monotonic() > deadline:
            raise ServiceUnavailableError(f"the run is not published after {TIMEOUT_S:.0f} s")

    return check


def _await_completions(stack: LocalStack, summary: RunSummary) -> None:
    deadline = time.monotonic() + LATE_COMPLETIONS_S
    while stack.completions_delivered < summary.units and time.monotonic() < deadline:
        time.sleep(0.1)


def _has_partition(stack: LocalStack, summary: RunSummary) -> bool:
    database, table = stack.resources.glue_database, stack.resources.glue_table
    partitions = stack.aws.glue.get_partitions(DatabaseName=database, TableName=table)["Partitions"]
    return [summary.run_date.isoformat(), summary.run_id] in [partition["Values"] for partition in partitions]
