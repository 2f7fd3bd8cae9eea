"""The drift references that an experiment leaves: the rows that it held out, as each of its versions labels them."""

from typing import NamedTuple

from labeler.errors import InputInvalidError
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from labeler.experiment.registration import Registration
from labeler.experiment.scores import Evaluation
from labeler.monitoring.drift.references import reference_bytes, write_reference
from labeler.monitoring.drift.samples import Sample, read_table
from labeler.storage import Bucket

LEAST_ACCOUNTS = 1_000
"""Fewer differ so much from all others by chance that a plain day would be called drifted: docs/monitoring.md."""


class LeftReferences(NamedTuple):
    accounts: int
    """That the held-out rows are of."""
    written: int | None
    """None: they are fewer than LEAST_ACCOUNTS, and the first run of a version will be its reference."""


def leave_drift_references(files: ExperimentFiles, monitoring: Bucket) -> LeftReferences:
    """Raises what `leave_references` raises."""
    accounts = accounts_held_out(files)
    return LeftReferences(accounts, None if accounts < LEAST_ACCOUNTS else leave_references(files, monitoring))


def accounts_held_out(files: ExperimentFiles) -> int:
    """That the held-out rows are of; no account is in both parts. Raises InputInvalidError."""
    evaluation = read_record(Evaluation, files.evaluation, step="evaluate")
    first = evaluation.majority_later.accounts
    return first + (evaluation.majority_unseen.accounts if evaluation.majority_unseen else 0)


def leave_references(files: ExperimentFiles, monitoring: Bucket) -> int:
    """One for each registered version that has none yet. How many were written.

    Raises InputInvalidError when the experiment was not evaluated and registered, ServiceUnavailableError.
    """
    registration = read_record(Registration, files.registration, step="register")
    info = read_record(DatasetInfo, files.dataset, step="prepare")
    reject_share = info.rows_rejected / max(info.rows + info.rows_rejected, 1)
    written = 0
    for version in registration.versions:
        sample = _read(files, version.candidate)
        origin = f"experiment {registration.experiment_id}, rows that it held out"
        body = reference_bytes(sample, origin=origin, rows=sample.rows, reject_share=reject_share)
        written += write_reference(monitoring, version.sha256, body)
    return written


def _read(files: ExperimentFiles, candidate: str) -> Sample:
    path = files.held_out_sample(candidate)
    try:
        return Sample(read_table(path.read_bytes()))
    except OSError as error:
        raise InputInvalidError(
            f"{path} can't be read: {error.strerror}", hint="run `labeler experiment evaluate` again"
        ) from error
