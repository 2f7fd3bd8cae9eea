"""Evidence -> what a generation says of its run. Pure: the same evidence gives the same bytes, whoever publishes."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from labeler.completion.evidence import Evidence
from labeler.messages import FailedUnit, OutputObject, PublishedGeneration, RunState, RunSummary, UnitReceipt

MAX_REASONS = 20


def summarise(
    evidence: Evidence,
    mismatches: list[str],
    *,
    failure_tolerance: float,
    min_coverage: float,
    labels_url: str,
    quarantine_url: str,
) -> PublishedGeneration:
    """FAILED when something does not add up, too many files failed, or too little of the day has labels."""
    receipts = [evidence.receipts[unit_id] for unit_id in sorted(evidence.receipts)]
    failed = _failed_units(evidence)
    work_done = _work_done(receipts)
    state, why = judge(failed, evidence.index.files, mismatches, failure_tolerance)
    if bare := _too_bare(evidence, work_done["files_labeled"], min_coverage):
        state, why = RunState.FAILED, [*why, bare]
    summary = RunSummary(
        run_id=evidence.run.run_id,
        run_date=evidence.run.run_date,
        state=state,
        generation=evidence.run.generation,
        reasons=_shortened(why),
        files=evidence.index.files,
        files_failed=sum(unit.files for unit in failed),
        units=len(evidence.index.units),
        units_failed=len(failed),
        failed_units=failed,
        coverage=coverage(evidence),
        labels=labels_url,
        quarantine=quarantine_url,
        is_reconciled=not mismatches,
        **_model(evidence),
        **work_done,
        **_times(evidence),
    )
    return PublishedGeneration(
        summary=summary,
        labels=_objects(receipt.labels for receipt in receipts),
        quarantine=_objects(receipt.quarantine for receipt in receipts),
    )


def judge(
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


def _too_bare(evidence: Evidence, files_labeled: int, min_coverage: float) -> str | None:
    """A day that is almost all quarantine is no day to build on, though each reject has its reason."""
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


def _model(evidence: Evidence) -> dict[str, str]:
    pin = evidence.index.pins.model
    return {"model_name": pin.name, "model_version": pin.version, "model_sha256": pin.sha256}


def _work_done(receipts: list[UnitReceipt]) -> dict[str, Any]:
    files_rejected = sum(receipt.files_rejected for receipt in receipts)
    return {
        "files_labeled": max(sum(receipt.files for receipt in receipts) - files_rejected, 0),
        "files_rejected": files_rejected,
        "rows_in": sum(receipt.rows_in for receipt in receipts),
        "rows_labeled": sum(receipt.rows_labeled for receipt in receipts),
        "rows_quarantined": sum(receipt.rows_quarantined for receipt in receipts),
        "rejects": _totals(receipt.rejects for receipt in receipts),
        "rejected_rows": _totals(receipt.rejected_rows for receipt in receipts),
        "label_counts": _totals(receipt.label_counts for receipt in receipts),
        "stage_s": _stage_s(receipts),
    }


def _times(evidence: Evidence) -> dict[str, Any]:
    """The run ended with its newest settlement; one without units ended when it started.

    From the first start on, also for a later generation: what lay in between a failure and its redrive counts.
    """
    run = evidence.run
    finished_at = max([run.started_at, *(unit.finished_at for unit in evidence.units if unit.finished_at)])
    elapsed_s = (finished_at - run.started_at).total_seconds()
    files = sum(receipt.files for receipt in evidence.receipts.values())
    return {
        "started_at": run.started_at,
        "finished_at": finished_at,
        "deadline_at": run.deadline_at,
        "slack_s": (run.deadline_at - finished_at).total_seconds(),
        "elapsed_s": elapsed_s,
        "files_per_second": files / elapsed_s if elapsed_s > 0 else 0.0,
    }


def _failed_units(evidence: Evidence) -> tuple[FailedUnit, ...]:
    files_of = {unit.unit_id: unit.files for unit in evidence.index.units}
    return tuple(
        FailedUnit(unit_id=unit.unit_id, files=files_of.get(unit.unit_id, 0), reason=unit.reason)
        for unit in evidence.failed
    )


def _shortened(reasons: list[str]) -> tuple[str, ...]:
    if len(reasons) <= MAX_REASONS:
        return tuple(reasons)
    return (*reasons[:MAX_REASONS], f"and {len(reasons) - MAX_REASONS} more reasons")


def _totals(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return dict(sorted(total.items()))


def _stage_s(receipts: list[UnitReceipt]) -> dict[str, float]:
    stages = sorted({stage for receipt in receipts for stage in receipt.stage_s})
    return {stage: round(sum(receipt.stage_s.get(stage, 0.0) for receipt in receipts), 6) for stage in stages}


def _objects(outputs: Iterable[OutputObject | None]) -> tuple[OutputObject, ...]:
    return tuple(output for output in outputs if output is not None)
