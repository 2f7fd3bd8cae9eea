"""The periodic check of open runs: receipts without an event, dead letters, the forecast, and unfinished publications."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from labeler.aws import Aws
from labeler.completion.daily_run import is_daily_run_missing
from labeler.completion.dead_letters import dead_letters
from labeler.completion.forecast import Progress, forecast
from labeler.completion.pace import SettledUnit
from labeler.completion.publish import publish_settled
from labeler.completion.settle import Settlement
from labeler.errors import LabelerError
from labeler.ledger import RunRecord, UnitRecord
from labeler.messages import RunState, UnitState
from labeler.published import Forecast, RunSummary
from labeler.settings import CompletionSettings
from labeler.telemetry import get_logger

Subject = TypeVar("Subject")
LONG_PLANNING = timedelta(minutes=15)
"""The longest that a manifest Lambda lives: a run still PLANNING then needs its manifest called again."""

LATE_RECEIPTS = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class TickReport:
    forecasts: dict[str, Forecast] = field(default_factory=dict)
    published: list[RunSummary] = field(default_factory=list)
    errors: list[LabelerError] = field(default_factory=list)
    """What kept a run from its tick; the other runs had theirs."""
    is_daily_run_missing: bool | None = None
    """None: the settings name no time at which it is due."""


def tick(*, settings: CompletionSettings, aws: Aws, now: datetime) -> TickReport:
    """Repeating it is safe, also at the same time as itself and as receipts come in."""
    steps = _Tick(settings, aws, now)
    for run in steps.watched:
        steps.attempt(steps.settle_unreported_receipts, run.run_id)
    running = [run for run in steps.watched if run.state is RunState.RUNNING]
    if running:
        steps.attempt(steps.settle_dead, running)
    for run in steps.watched:
        steps.attempt(steps.forecast, run.run_id)
        steps.attempt(steps.publish, run.run_id)
    return steps.report


def progress(run: RunRecord, units: list[UnitRecord]) -> Progress:
    """Pure."""
    return Progress(
        started_at=run.started_at,
        deadline_at=run.deadline_at,
        files=run.files,
        size_bytes=run.size_bytes,
        units=run.units,
        units_failed=sum(unit.state is UnitState.FAILED for unit in units),
        settled=tuple(
            SettledUnit(unit.worker_id, unit.bytes_done, unit.started_at, unit.finished_at)
            for unit in units
            if unit.state is UnitState.DONE and unit.started_at and unit.finished_at
        ),
        generation=run.generation,
    )


class _Tick:
    """The steps of one tick; a failing one is reported and does not keep the others."""

    def __init__(self, settings: CompletionSettings, aws: Aws, now: datetime) -> None:
        self._settings, self._aws, self._now = settings, aws, now
        self._settlement = Settlement(settings, aws, now)
        self._ledger = self._settlement.ledger
        runs = self._ledger.runs()
        due_at = settings.daily_run_due_at
        self.report = TickReport(
            is_daily_run_missing=is_daily_run_missing(runs, due_at=due_at, now=now) if due_at else None
        )
        self.watched = [run for run in runs if _is_watched(run, now)]
        for run in runs:
            _log_planning(run, now)

    def attempt(self, step: Callable[[Subject], None], about: Subject) -> None:
        try:
            step(about)
        except LabelerError as error:
            get_logger("completion").warning("tick step failed", step=step.__name__, error=str(error))
            self.report.errors.append(error)

    def settle_unreported_receipts(self, run_id: str) -> None:
        self.report.errors.extend(self._settlement.settle_unreported_receipts(run_id))

    def settle_dead(self, running: list[RunRecord]) -> None:
        letters = dead_letters(self._aws, self._settings.dead_letter_queue_url)
        self._settlement.settle_dead_letters(letters, running)

    def forecast(self, run_id: str) -> None:
        run = self._ledger.run(run_id)
        if run.state is not RunState.RUNNING:
            return
        current = forecast(
            progress(run, self._ledger.units(run_id)),
            self._now,
            assumed_files_per_second=self._settings.assumed_files_per_second,
            max_workers=self._settings.max_workers,
        )
        self.report.forecasts[run_id] = current
        self._ledger.record_forecast(run_id, current)

    def publish(self, run_id: str) -> None:
        summary = publish_settled(run_id, settings=self._settings, aws=self._aws)
        if summary is not None:
            self.report.published.append(summary)


def _is_watched(run: RunRecord, now: datetime) -> bool:
    """Open, or lately published with failed units: their workers may still turn out to be alive, and events get lost."""
    if run.state is RunState.RUNNING:
        return True
    return run.units_failed > 0 and run.finished_at is not None and now - run.finished_at < LATE_RECEIPTS


def _log_planning(run: RunRecord, now: datetime) -> None:
    if run.state is RunState.PLANNING:
        age = now - run.started_at
        log = get_logger("completion").warning if age > LONG_PLANNING else get_logger("completion").info
        log("run is still being planned", run_id=run.run_id, age_s=age.total_seconds())
