"""A published run with its sample, and whether that is large enough for a verdict or a reference."""

from typing import NamedTuple

from labeler import layout
from labeler.messages import OutputObject, RunState
from labeler.monitoring.drift.samples import Sample, read_samples
from labeler.monitoring.published_run import published_summary, read_receipts
from labeler.monitoring.thresholds import Thresholds
from labeler.published import PublishedGeneration, RunSummary
from labeler.storage import Bucket, find_message


class SampledRun(NamedTuple):
    summary: RunSummary
    sample: Sample | None
    units: int
    """That left a sample."""


def read_sampled_run(run_id: str, runs: Bucket) -> SampledRun:
    """Raises RunNotFoundError, RunConflictError."""
    summary = published_summary(run_id, runs)
    objects = _sample_objects(runs, summary)
    return SampledRun(summary, read_samples(objects, runs), len(objects))


def _sample_objects(runs: Bucket, summary: RunSummary) -> list[OutputObject]:
    """Of the units that this generation labeled: their receipts name them, whatever else lies there."""
    published = find_message(runs, layout.generation_key(summary.run_id, summary.generation), PublishedGeneration)
    failed = {unit.unit_id for unit in (published.summary if published else summary).failed_units}
    labeled = [unit_id for unit_id in range(1, summary.units + 1) if unit_id not in failed]
    receipts = read_receipts(summary.run_id, labeled, runs)
    return [receipt.sample for receipt in receipts if receipt.sample]


def why_no_verdict(run: SampledRun, thresholds: Thresholds) -> str:
    """Empty when the run can be compared."""
    rows = run.sample.rows if run.sample else 0
    if rows < thresholds.min_rows:
        return f"its sample has {rows} rows, {thresholds.min_rows} are needed for a verdict"
    if run.units < thresholds.min_units:
        return f"{run.units} of its units left a sample, {thresholds.min_units} are needed for a verdict"
    return ""


def why_no_reference(run: SampledRun, thresholds: Thresholds) -> str:
    """Empty when the run's sample can be a reference."""
    if run.summary.state is RunState.FAILED:
        return "it FAILED, so what it labeled is not the day, and no reference"
    return why_no_verdict(run, thresholds)
