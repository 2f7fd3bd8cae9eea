"""How far a run is: totals over its units, and what belongs to its newest generation. Pure: `now` comes in."""

from datetime import datetime
from typing import NamedTuple

from labeler.ledger import UnitRecord
from labeler.messages import UnitState
from labeler.monitoring.run_report.run_data import RunData
from labeler.published import Forecast


class Totals(NamedTuple):
    """Of the units that are done, whether the run is or not; time and pace are the newest generation's."""

    files: int
    rows_in: int
    rows_labeled: int
    rows_quarantined: int
    elapsed_s: float
    files_per_s: float

    @property
    def coverage(self) -> float:
        return self.rows_labeled / self.rows_in if self.rows_in else 0.0


def totals(data: RunData, now: datetime) -> Totals:
    receipts, started_at = data.receipts, generation_started_at(data)
    ended_at = data.summary.finished_at if data.summary else now
    elapsed_s = max((ended_at - started_at).total_seconds(), 0.0)
    # a unit that was in work when the first tick came is of the redrive, too; older ones are of the generation before
    done = sum(receipt.files for receipt in receipts if data.run.generation == 1 or receipt.finished_at >= started_at)
    return Totals(
        files=sum(receipt.files for receipt in receipts),
        rows_in=sum(receipt.rows_in for receipt in receipts),
        rows_labeled=sum(receipt.rows_labeled for receipt in receipts),
        rows_quarantined=sum(receipt.rows_quarantined for receipt in receipts),
        elapsed_s=elapsed_s,
        files_per_s=done / elapsed_s if elapsed_s else 0.0,
    )


def newest_forecasts(data: RunData) -> list[Forecast]:
    """Of the newest generation, oldest first."""
    return [forecast for forecast in data.forecasts if forecast.generation == data.run.generation]


def generation_started_at(data: RunData) -> datetime:
    """A redriven run begins anew; that its first tick comes up to a minute later is all that is known of it."""
    first = next(iter(newest_forecasts(data)), None)
    return first.at if first and data.run.generation > 1 else data.run.started_at


def failed_units(data: RunData) -> list[UnitRecord]:
    return [unit for unit in data.units if unit.state is UnitState.FAILED]
