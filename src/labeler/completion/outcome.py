"""Which state a run is published in, and why. Pure."""

from collections.abc import Sequence

from labeler.completion.evidence import Evidence
from labeler.messages import RunState
from labeler.published import FailedUnit


def decide_state(
    failed: Sequence[FailedUnit], files: int, mismatches: list[str], failure_tolerance: float
) -> tuple[RunState, list[str]]:
    """The published state and why it is not COMPLETE. A file refused with a reason is quarantined, not failed."""
    if not failed:
        return (RunState.FAILED if mismatches else RunState.COMPLETE), mismatches
    files_failed = sum(unit.files for unit in failed)
    share = files_failed / files if files else 0.0
    lost = f"{files_failed} of {files} files have no labels ({share:.2%}, tolerated {failure_tolerance:.2%})"
    is_bearable = not mismatches and share <= failure_tolerance
    return (RunState.COMPLETE_WITH_FAILURES if is_bearable else RunState.FAILED), [*mismatches, lost]


def coverage_fault(evidence: Evidence, files_labeled: int, min_coverage: float) -> str | None:
    """Why too little of the day has labels; None when enough has."""
    files = evidence.index.files
    share = min(coverage(evidence), files_labeled / files if files else 1.0)
    if share >= min_coverage:
        return None
    return f"only {share:.2%} of the rows or files have labels, at least {min_coverage:.2%} must"


def coverage(evidence: Evidence) -> float:
    """Labeled rows over rows that arrived; rows of failed units are estimated from their bytes.

    Without any row: 1 when every file was worked on and none refused, else 0.
    """
    receipts = evidence.receipts.values()
    size_of = {unit.unit_id: unit.size_bytes for unit in evidence.index.units}
    rows_in, bytes_in = sum(r.rows_in for r in receipts), sum(r.size_bytes for r in receipts)
    lost_bytes = sum(size_of.get(unit.unit_id, 0) for unit in evidence.failed)
    arrived = rows_in + (lost_bytes * rows_in / bytes_in if bytes_in else 0.0)
    if arrived == 0:
        return 0.0 if evidence.failed or any(r.files_rejected for r in receipts) else 1.0
    return sum(r.rows_labeled for r in receipts) / arrived
