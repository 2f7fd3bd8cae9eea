"""Evidence -> the summary and objects of a generation. Pure: the same evidence gives the same bytes, whoever publishes."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from labeler.completion.evidence import Evidence
from labeler.completion.outcome import coverage, coverage_fault, decide_state
from labeler.messages import OutputObject, RunState, UnitReceipt
from labeler.published import FailedUnit, PublishedGeneration, RunSummary

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
    state, reasons = decide_state(failed, evidence.index.files, mismatches, failure_tolerance)
    if fault := coverage_fault(evidence, work_done["files_labeled"], min_coverage):
        state, reasons = RunState.FAILED, [*reasons, fault]
    summary = RunSummary(
        run_id=evidence.run.run_id,
        run_date=evidence.run.run_date,
        state=state,
        generation=evidence.run.generation,
        reasons=_shortened(reasons),
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
        "stage_s": _phase_seconds(receipts),
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


def _phase_seconds(receipts: list[UnitReceipt]) -> dict[str, float]:
    phases = sorted({phase for receipt in receipts for phase in receipt.stage_s})
    return {phase: round(sum(receipt.stage_s.get(phase, 0.0) for receipt in receipts), 6) for phase in phases}


def _objects(outputs: Iterable[OutputObject | None]) -> tuple[OutputObject, ...]:
    return tuple(output for output in outputs if output is not None)
