"""One published run from its sample to the drift report, written where people and programs look for it."""

from datetime import UTC, datetime, time

from labeler import layout
from labeler.aws import Aws
from labeler.monitoring.drift.baseline import write_baseline
from labeler.monitoring.drift.references import DriftReference, find_reference
from labeler.monitoring.drift.sampled_run import SampledRun, read_sampled_run, why_no_reference, why_no_verdict
from labeler.monitoring.drift.verdict import verdict_fields
from labeler.monitoring.reports import DriftReport, DriftVerdict
from labeler.monitoring.thresholds import Thresholds
from labeler.settings import MonitoringSettings
from labeler.storage import Bucket, find_message
from labeler.task import load_task

JSON = "application/json"
CODES_GROUP = "codes"
"""A task's group of feature columns that hold numbers for categories."""


def evaluate_drift(
    run_id: str, *, settings: MonitoringSettings, aws: Aws, thresholds: Thresholds, now: datetime
) -> DriftReport:
    """Compares the run's newest generation with its model's reference; again gives the same verdict.

    A model version without a reference gets this run's sample as one. Raises RunNotFoundError, RunConflictError (nothing is
    published yet), ContractMismatchError.
    """
    monitoring, runs = Bucket(aws, settings.monitoring_bucket), Bucket(aws, settings.runs_bucket)
    run = read_sampled_run(run_id, runs)
    reference = find_reference(monitoring, run.summary.model_sha256)
    reason = why_no_verdict(run, thresholds)
    if not reason and reference is None and not (reason := why_no_reference(run, thresholds)):
        write_baseline(run, monitoring, rows=thresholds.sample_rows)
        reason = "this model version had nothing to be compared with: this run's sample is its reference from now on"
    report = _report(run, now, reason=reason)
    if not reason and reference is not None:
        codes = frozenset(load_task(settings.task).feature_groups.get(CODES_GROUP, ()))
        report = _compared(run, reference, report, monitoring=monitoring, thresholds=thresholds, codes=codes)
    _write(report, runs, monitoring)
    return report


def _report(run: SampledRun, now: datetime, *, reason: str) -> DriftReport:
    """Without a verdict."""
    summary = run.summary
    return DriftReport(
        run_id=summary.run_id,
        run_date=summary.run_date,
        generation=summary.generation,
        model_version=summary.model_version,
        model_sha256=summary.model_sha256,
        at=now,
        verdict=DriftVerdict.UNJUDGED,
        reason=reason,
        rows_sampled=run.sample.rows if run.sample else 0,
    )


def _compared(
    run: SampledRun,
    reference: DriftReference,
    report: DriftReport,
    *,
    monitoring: Bucket,
    thresholds: Thresholds,
    codes: frozenset[str],
) -> DriftReport:
    """The report with its verdict; the snapshot is in Evidently's workspace."""
    from labeler.monitoring.drift.compare import compare
    from labeler.monitoring.drift.workspace import add_snapshot

    summary, sample = run.summary, run.sample
    if sample is None:
        return report
    balanced = sample.balanced(thresholds.sample_rows)
    comparison = compare(
        balanced,
        reference.sample,
        thresholds=thresholds,
        categorical=codes,
        name=summary.run_id,
        at=datetime.combine(summary.run_date, time(12), UTC),
        metadata={"run_id": summary.run_id, "generation": str(summary.generation), "model": summary.model_version},
    )
    add_snapshot(monitoring, comparison.snapshot, summary)
    fields = verdict_fields(comparison, summary, reference.note, thresholds=thresholds)
    return report.model_copy(update={**fields, "rows_sampled": balanced.rows, "reference": reference.note})


def _write(report: DriftReport, runs: Bucket, monitoring: Bucket) -> None:
    """drift.json never goes back to an older generation; every generation's scores stay under its own key."""
    body = report.model_dump_json(indent=2).encode()
    monitoring.put(layout.drift_metrics_key(report.run_date, report.run_id, report.generation), body, JSON)
    key = layout.drift_key(report.run_id)
    before = find_message(runs, key, DriftReport)
    if before is None or before.generation <= report.generation:
        runs.put(key, body, JSON)
