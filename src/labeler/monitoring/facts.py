"""Everything that a report of a run stands on, read: nothing in a report comes from anywhere else."""

import io
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.errors import RunConflictError, RunNotFoundError
from labeler.ledger import Ledger, RunRecord, UnitRecord
from labeler.messages import OutputObject, RunState, UnitReceipt, UnitState
from labeler.monitoring.records import DriftReport, PerformanceReport
from labeler.published import Forecast, RunSummary
from labeler.run_index import RunIndex
from labeler.storage import Bucket, find_message

if TYPE_CHECKING:
    import pyarrow as pa

READERS = 16
EXAMPLES = 3
REJECT = ("file_key", "row_number", "line", "column", "reason", "rows")
MAX_QUARANTINES = 24
"""Objects that are looked into for examples; a reason that is in none of them has no example."""
YESTERDAYS = 7
"""Days back in which the last published run counts as the one before."""


@dataclass(frozen=True, slots=True)
class RunFacts:
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
    before: RunSummary | None
    """The run of the same kind before this one."""
    drift: DriftReport | None
    performance: PerformanceReport | None


def gather(run: RunRecord, *, ledger: Ledger, runs: Bucket, labels: Bucket) -> RunFacts:
    units = ledger.units(run.run_id)
    done = [unit.unit_id for unit in units if unit.state is UnitState.DONE]
    with ThreadPoolExecutor(READERS, thread_name_prefix="receipts") as pool:
        keys = [layout.receipt_key(run.run_id, unit_id) for unit_id in done]
        receipts = [found for found in pool.map(lambda key: find_message(runs, key, UnitReceipt), keys) if found]
    return RunFacts(
        run=run,
        summary=find_message(runs, layout.summary_key(run.run_id), RunSummary) if run.state.is_published else None,
        index=find_message(runs, layout.index_key(run.run_id), RunIndex),
        forecasts=ledger.forecasts(run.run_id),
        units=units,
        receipts=receipts,
        examples=reject_examples(labels, [receipt.quarantine for receipt in receipts if receipt.quarantine]),
        before=_run_before(run, runs),
        drift=find_message(runs, layout.drift_key(run.run_id), DriftReport),
        performance=find_message(runs, layout.performance_key(run.run_id), PerformanceReport),
    )


def published_summary(run_id: str, runs: Bucket) -> RunSummary:
    """Of its newest generation. Raises RunNotFoundError, RunConflictError (it is not published yet)."""
    summary = find_message(runs, layout.summary_key(run_id), RunSummary)
    if summary is None:
        if not runs.has(layout.index_key(run_id)):
            raise RunNotFoundError(f"there is no run {run_id}", hint="`labeler run list` shows the runs")
        raise RunConflictError(f"{run_id} is not published yet", hint="wait for it: `labeler run watch`")
    return summary


def reject_examples(labels: Bucket, objects: Sequence[OutputObject]) -> dict[str, list[str]]:
    """Places, never values: file, line and column. The smallest objects are read, and not more than a few."""
    found: dict[str, list[str]] = defaultdict(list)
    for output in sorted(objects, key=lambda output: (output.size_bytes, output.key))[:MAX_QUARANTINES]:
        for record in read_rejects(labels, output):
            if len(found[record["reason"]]) < EXAMPLES:
                found[record["reason"]].append(place_of(record))
    return dict(found)


def read_rejects(labels: Bucket, output: OutputObject) -> list[dict[str, Any]]:
    """Where and why, by the columns of REJECT; never a value of a row."""
    import pyarrow.parquet as pq

    table: pa.Table = pq.read_table(io.BytesIO(labels.get(output.key)), columns=list(REJECT))
    return table.to_pylist()


def place_of(record: Mapping[str, Any]) -> str:
    """File, line and column of a reject, for people."""
    place = str(record["file_key"])
    if record["line"] is not None:
        place += f" line {record['line']}"
    return f"{place}, column {record['column']}" if record["column"] else place


def _run_before(run: RunRecord, runs: Bucket) -> RunSummary | None:
    kind = run.run_id.removesuffix(f"-{run.run_date.isoformat()}")
    for back in range(1, YESTERDAYS + 1):
        day = run.run_date - timedelta(days=back)
        summary = find_message(runs, layout.summary_key(layout.run_id(day, kind)), RunSummary)
        if summary and summary.state is not RunState.FAILED:
            return summary
    return None
