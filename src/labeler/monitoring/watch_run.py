"""One published run from its sample to a verdict, written where people and programs look."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time
from typing import Any, NamedTuple

from labeler import layout
from labeler.aws import Aws
from labeler.errors import InputInvalidError
from labeler.messages import OutputObject, RunState, UnitReceipt
from labeler.monitoring.facts import READERS, published_summary
from labeler.monitoring.judge import judged, reject_share
from labeler.monitoring.records import DriftReport, Verdict
from labeler.monitoring.references import Reference, find_reference, reference_bytes, write_reference
from labeler.monitoring.samples import Sample, read_samples
from labeler.monitoring.thresholds import Thresholds
from labeler.published import PublishedGeneration, RunSummary
from labeler.settings import MonitoringSettings
from labeler.storage import Bucket, find_message
from labeler.task import load_task

JSON = "application/json"
CODES_GROUP = "codes"
"""A task's group of feature columns that hold numbers for categories."""


class Watched(NamedTuple):
    """A published run and its sample."""

    summary: RunSummary
    sample: Sample | None
    units: int
    """That left a sample."""


def watch_run(
    run_id: str, *, settings: MonitoringSettings, aws: Aws, thresholds: Thresholds, now: datetime
) -> DriftReport:
    """Compares the run's newest generation with its model's reference; again gives the same verdict.

    A model version without a reference gets this run's sample as one. Raises RunNotFoundError, RunConflictError (nothing is
    published yet), ContractMismatchError.
    """
    monitoring, runs = Bucket(aws, settings.monitoring_bucket), Bucket(aws, settings.runs_bucket)
    watched = read_run(run_id, runs)
    reference = find_reference(monitoring, watched.summary.model_sha256)
    reason = _why_not(watched, thresholds)
    if not reason and reference is None and not (reason := _why_no_reference(watched, thresholds)):
        _take_baseline(watched, monitoring, rows=thresholds.sample_rows)
        reason = "this model version had nothing to be compared with: this run's sample is its reference from now on"
    report = _report(watched, now, reason=reason)
    if not reason and reference is not None:
        codes = frozenset(load_task(settings.task).feature_groups.get(CODES_GROUP, ()))
        report = _compared(watched, reference, report, monitoring=monitoring, thresholds=thresholds, codes=codes)
    _write(report, runs, monitoring)
    return report


def read_run(run_id: str, runs: Bucket) -> Watched:
    """Raises RunNotFoundError, RunConflictError."""
    summary = published_summary(run_id, runs)
    samples = _named_samples(runs, summary)
    return Watched(summary, read_samples(samples, runs), len(samples))


def take_baseline(watched: Watched, monitoring: Bucket, thresholds: Thresholds) -> None:
    """A person names the run whose sample is the reference of its model version from now on.

    Raises InputInvalidError when it says too little of a day.
    """
    if reason := _why_no_reference(watched, thresholds):
        raise InputInvalidError(f"{watched.summary.run_id} can't be a reference: {reason}", hint="take another run")
    _take_baseline(watched, monitoring, rows=thresholds.sample_rows, is_replacing=True)


def _take_baseline(watched: Watched, monitoring: Bucket, *, rows: int, is_replacing: bool = False) -> None:
    summary = watched.summary
    if watched.sample is not None:
        origin = f"run {summary.run_id}"
        body = reference_bytes(watched.sample, origin=origin, rows=rows, reject_share=reject_share(summary))
        write_reference(monitoring, summary.model_sha256, body, is_replacing=is_replacing)


def _named_samples(runs: Bucket, summary: RunSummary) -> list[OutputObject]:
    """Of the units that this generation labeled: their receipts name them, whatever else lies there."""
    published = find_message(runs, layout.generation_key(summary.run_id, summary.generation), PublishedGeneration)
    failed = {unit.unit_id for unit in (published.summary if published else summary).failed_units}
    keys = [layout.receipt_key(summary.run_id, unit) for unit in range(1, summary.units + 1) if unit not in failed]
    with ThreadPoolExecutor(READERS, thread_name_prefix="receipts") as pool:
        receipts: Sequence[UnitReceipt | None] = list(pool.map(lambda key: find_message(runs, key, UnitReceipt), keys))
    return [receipt.sample for receipt in receipts if receipt and receipt.sample]


def _why_not(watched: Watched, thresholds: Thresholds) -> str:
    """Why the run can't be judged; empty when it can."""
    rows = watched.sample.rows if watched.sample else 0
    if rows < thresholds.min_rows:
        return f"its sample has {rows} rows, {thresholds.min_rows} are needed for a judgement"
    if watched.units < thresholds.min_units:
        return f"{watched.units} of its units left a sample, {thresholds.min_units} are needed for a judgement"
    return ""


def _why_no_reference(watched: Watched, thresholds: Thresholds) -> str:
    if watched.summary.state is RunState.FAILED:
        return "it FAILED, so what it labeled is not the day, and no reference"
    return _why_not(watched, thresholds)


def _report(watched: Watched, now: datetime, *, reason: str) -> DriftReport:
    summary = watched.summary
    return DriftReport(
        run_id=summary.run_id,
        run_date=summary.run_date,
        generation=summary.generation,
        model_version=summary.model_version,
        model_sha256=summary.model_sha256,
        at=now,
        verdict=Verdict.UNJUDGED,
        reason=reason,
        rows_sampled=watched.sample.rows if watched.sample else 0,
    )


def _compared(
    watched: Watched,
    reference: Reference,
    report: DriftReport,
    *,
    monitoring: Bucket,
    thresholds: Thresholds,
    codes: frozenset[str],
) -> DriftReport:
    from labeler.monitoring.drift import compare
    from labeler.monitoring.workspace import add_snapshot

    summary, sample = watched.summary, watched.sample
    if sample is None:
        return report
    balanced = sample.balanced(thresholds.sample_rows)
    scored = compare(
        balanced,
        reference.sample,
        thresholds=thresholds,
        categorical=codes,
        name=summary.run_id,
        at=datetime.combine(summary.run_date, time(12), UTC),
        metadata={"run_id": summary.run_id, "generation": str(summary.generation), "model": summary.model_version},
    )
    add_snapshot(monitoring, scored.snapshot, summary)
    found: dict[str, Any] = judged(scored, summary, reference.note, thresholds=thresholds)
    return report.model_copy(update={**found, "rows_sampled": balanced.rows, "reference": reference.note})


def _write(report: DriftReport, runs: Bucket, monitoring: Bucket) -> None:
    """drift.json never goes back to an older generation; every generation's scores stay under its own key."""
    body = report.model_dump_json(indent=2).encode()
    monitoring.put(layout.drift_metrics_key(report.run_date, report.run_id, report.generation), body, JSON)
    key = layout.drift_key(report.run_id)
    before = find_message(runs, key, DriftReport)
    if before is None or before.generation <= report.generation:
        runs.put(key, body, JSON)
