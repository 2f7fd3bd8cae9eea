"""A run's sample becomes the reference of its model version."""

from labeler.errors import InputInvalidError
from labeler.monitoring.drift.references import reference_bytes, write_reference
from labeler.monitoring.drift.sampled_run import SampledRun, why_no_reference
from labeler.monitoring.drift.verdict import reject_share
from labeler.monitoring.thresholds import Thresholds
from labeler.storage import Bucket


def set_baseline(run: SampledRun, monitoring: Bucket, thresholds: Thresholds) -> None:
    """Replaces the reference that the model version has.

    Raises InputInvalidError when the run's sample says too little of a day.
    """
    if reason := why_no_reference(run, thresholds):
        raise InputInvalidError(f"{run.summary.run_id} can't be a reference: {reason}", hint="take another run")
    write_baseline(run, monitoring, rows=thresholds.sample_rows, is_replacing=True)


def write_baseline(run: SampledRun, monitoring: Bucket, *, rows: int, is_replacing: bool = False) -> None:
    """At most `rows` rows of the run's sample. Unless it is replacing, a reference that is there stays."""
    if run.sample is not None:
        origin = f"run {run.summary.run_id}"
        body = reference_bytes(run.sample, origin=origin, rows=rows, reject_share=reject_share(run.summary))
        write_reference(monitoring, run.summary.model_sha256, body, is_replacing=is_replacing)
