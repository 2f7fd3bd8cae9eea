"""What a step of an experiment leaves for the next ones; `scores` has what `evaluate` leaves.

Holds counts and scores, never values of a row.
"""

from datetime import date
from typing import Literal

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
    """Where the files were read, as it was said: a folder or s3://bucket/prefix."""
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
    """Of the bundle: what is judged is, byte for byte, what is registered and what workers load."""
    size_bytes: int
    rows: int
    fit_s: float


# ---- gate


class Criterion(Record):
    name: str
    value: float | None
    """None: could not be measured; `note` says why."""
    bound: float | None
    sense: Literal[">=", "<=", ">"]
    is_met: bool
    note: str = ""

    @property
    def verdict(self) -> Literal["met", "NOT MET", "not judged"]:
        """Not judged: nothing to measure, and no reason to refuse; never the same word as met."""
        if not self.is_met:
            return "NOT MET"
        return "met" if self.value is not None else "not judged"


class Verdict(Record):
    candidate: str
    criteria: tuple[Criterion, ...]

    @property
    def missed(self) -> tuple[Criterion, ...]:
        return tuple(criterion for criterion in self.criteria if not criterion.is_met)

    @property
    def is_passed(self) -> bool:
        return not self.missed


class GateResult(Record):
    experiment_id: str
    verdicts: tuple[Verdict, ...]
    winner: str | None
    """The best of those that pass."""


# ---- register


class RegisteredVersion(Record):
    candidate: str
    version: str
    sha256: str


class Registration(Record):
    experiment_id: str
    model_name: str
    versions: tuple[RegisteredVersion, ...]
    challenger: str | None
    """The version of the gate's winner."""
