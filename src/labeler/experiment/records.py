"""What the steps up to `train` leave for the next ones: counts, versions and parameters, never values of a row.

`scores` has what `evaluate` leaves, `verdicts` what `gate` and `registration` what `register` leaves.
"""

from datetime import date

from labeler.experiment.params import Preprocessing, Scalar, SplitRule
from labeler.experiment.scores import Record

# ---- validate


class RejectExample(Record):
    """Where one reject is: enough to open the file at the place."""

    key: str
    row_number: int | None
    line: int | None
    column: str | None


class RejectReason(Record):
    reason: str
    rows: int
    records: int
    """Rows and files that have it: a refused file is one record of many rows."""
    examples: tuple[RejectExample, ...]


class ValidationReport(Record):
    task: str
    source: str
    files: int
    files_refused: int
    rows_in: int
    rows_rejected: int
    rows_by_category: dict[str, int]
    reasons: tuple[RejectReason, ...]
    """Most rows first."""
    reject_share: float
    max_reject_share: float

    @property
    def is_accepted(self) -> bool:
        return self.reject_share <= self.max_reject_share


# ---- prepare


class DatasetInfo(Record):
    """Describes the Parquet parts beside it. The same files, code and reference data give the same bytes."""

    task: str
    features_digest: str
    feature_names: tuple[str, ...]
    reference_version: str
    reference_sha256: str
    statements_sha256: str
    """Over the sorted (key, SHA-256) of all files."""
    files: int
    accounts: int
    rows: int
    rows_rejected: int
    parts: tuple[str, ...]
    source: str = ""
    """Where the files were read, as it was given: a folder or s3://bucket/prefix."""
    pattern: str = ""
    first_day: date | None = None
    last_day: date | None = None


# ---- plan, train


class DataVersion(Record):
    """What was trained on, as precisely as it can be identified."""

    statements_sha256: str
    reference_sha256: str
    dvc: str | None
    """The hash that DVC knows the statements by; None when they are not under DVC."""
    git_commit: str | None
    git_is_dirty: bool | None


class CandidateSpec(Record):
    name: str
    """Unique in the experiment: the candidate's name in params.yaml and a number."""
    family: str
    preparation_name: str
    preparation: Preprocessing
    parameters: dict[str, Scalar]
    seed: int
    is_quick: bool = False


class ExperimentPlan(Record):
    experiment_id: str
    """Follows from data, features, split, candidates and training code: the same experiment has the same id."""
    parent_run_id: str
    task: str
    features_digest: str
    training_digest: str
    """Of the code that trains and the versions of its libraries."""
    split: SplitRule
    max_rows: int
    data: DataVersion
    candidates: tuple[CandidateSpec, ...]


class TrainedCandidate(Record):
    spec: CandidateSpec
    run_id: str
    parent_run_id: str = ""
    """The plan's: a candidate of another plan is trained anew."""
    model_uri: str
    """MLflow's, of the logged model."""
    sha256: str
    """Of the bundle: what is evaluated is, byte for byte, what is registered and what workers load."""
    size_bytes: int
    rows: int
    fit_s: float
