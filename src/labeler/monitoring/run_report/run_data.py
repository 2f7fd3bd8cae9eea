"""Everything that the report of a run shows, read from the ledger and the buckets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from labeler import layout
from labeler.ledger import Ledger, RunRecord, UnitRecord
from labeler.messages import RunState, UnitReceipt, UnitState
from labeler.monitoring.published_run import read_receipts
from labeler.monitoring.rejects import reject_examples
from labeler.monitoring.reports import DriftReport, PerformanceReport
from labeler.published import Forecast, RunSummary
from labeler.run_index import RunIndex
from labeler.storage import Bucket, find_message

LOOK_BACK_DAYS = 7
"""In which the last published run counts as the previous one."""


@dataclass(frozen=True, slots=True)
class RunData:
    run: RunRecord
    summary: RunSummary | None
    """Of the run's newest generation; None while that is open."""
    index: RunIndex | None
    """None while the run is PLANNING."""
    forecasts: Sequence[Forecast]
    units: Sequence[UnitRecord]
    receipts: Sequence[UnitReceipt]
    examples: dict[str, list[str]]
    """Reject reason -> where some of them are."""
    previous: RunSummary | None
    """The run of the same kind before this one."""
    drift: DriftReport | None
    performance: PerformanceReport | None


def read_run_data(run: RunRecord, *, ledger: Ledger, runs: Bucket, labels: Bucket) -> RunData:
    units = ledger.units(run.run_id)
    receipts = read_receipts(run.run_id, [unit.unit_id for unit in units if unit.state is UnitState.DONE], runs)
    return RunData(
        run=run,
        summary=find_message(runs, layout.summary_key(run.run_id), RunSummary) if run.state.is_published else None,
        index=find_message(runs, layout.index_key(run.run_id), RunIndex),
        forecasts=ledger.forecasts(run.run_id),
        units=units,
        receipts=receipts,
        examples=reject_examples(labels, [receipt.quarantine for receipt in receipts if receipt.quarantine]),
        previous=_previous_run(run, runs),
        drift=find_message(runs, layout.drift_key(run.run_id), DriftReport),
        performance=find_message(runs, layout.performance_key(run.run_id), PerformanceReport),
    )


def _previous_run(run: RunRecord, runs: Bucket) -> RunSummary | None:
    kind = run.run_id.removesuffix(f"-{run.run_date.isoformat()}")
    for back in range(1, LOOK_BACK_DAYS + 1):
        day = run.run_date - timedelta(days=back)
        summary = find_message(runs, layout.summary_key(layout.run_id(day, kind)), RunSummary)
        if summary and summary.state is not RunState.FAILED:
            return summary
    return None
