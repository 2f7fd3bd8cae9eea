"""What a step of an experiment leaves for the next ones. Holds counts and scores, never values of a row."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from labeler.models.experiment.params import Preparation, Scalar, SplitRule


class Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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


# ---- plan, train


class DataVersion(Record):
    """What was learnt from, as precisely as it can be said."""

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
    preparation: Preparation
    parameters: dict[str, Scalar]
    seed: int
    is_quick: bool = False


class ExperimentPlan(Record):
    experiment_id: str
    """Follows from data, features, split and candidates: the same experiment has the same id."""
    parent_run_id: str
    task: str
    features_digest: str
    split: SplitRule
    max_rows: int
    data: DataVersion
    candidates: tuple[CandidateSpec, ...]


class TrainedCandidate(Record):
    spec: CandidateSpec
    run_id: str
    model_uri: str
    """MLflow's, of the logged model."""
    sha256: str
    """Of the bundle: what is judged is, byte for byte, what is registered and what workers load."""
    size_bytes: int
    rows: int
    fit_s: float


# ---- evaluate


class CategoryScore(Record):
    rows: int
    precision: float
    recall: float
    f1: float


class CoveragePoint(Record):
    """The rows that a model is surest of."""

    share: float
    threshold: float
    """The least confidence among them."""
    accuracy: float | None
    """None when no row is so sure."""


class Score(Record):
    rows: int
    accounts: int
    accuracy: float
    macro_f1: float
    """Over the categories that occur in these rows."""
    weighted_f1: float
    log_loss: float
    calibration_error: float
    """Expected calibration error of the confidence, 15 bins of equal counts."""
    by_share: tuple[CoveragePoint, ...]
    by_threshold: tuple[CoveragePoint, ...]
    categories: dict[str, CategoryScore]
    confusion: tuple[tuple[int, ...], ...]
    """[truth][said], in the order of the evaluation's `categories`."""


class Interval(Record):
    """Of a difference, by a paired bootstrap over accounts."""

    difference: float
    low: float
    high: float


class Comparison(Record):
    """This model minus the other, on the same rows."""

    accuracy: Interval
    macro_f1: Interval


class SplitScore(Record):
    score: Score
    against_majority: Comparison
    against_champion: Comparison | None = None


class ModelEvaluation(Record):
    name: str
    family: str | None
    """None of a champion whose version does not say it."""
    version: str | None = None
    """In the registry; candidates have none yet."""
    sha256: str
    size_bytes: int
    us_per_row: float
    """In the worker's own predict path, on one core, blocks of `block_rows`; the best of several rounds' medians."""
    later: SplitScore
    unseen: SplitScore | None
    """None when the split held out no account."""


class Evaluation(Record):
    experiment_id: str
    categories: tuple[str, ...]
    rows_train: int
    block_rows: int
    majority_category: str
    majority_later: Score
    majority_unseen: Score | None
    champion: ModelEvaluation | None
    champion_note: str | None
    """Why the comparison with the champion is missing or not fair."""
    candidates: tuple[ModelEvaluation, ...]


# ---- gate


class Criterion(Record):
    name: str
    value: float | None
    """None: could not be measured."""
    bound: float | None
    sense: Literal[">=", "<="]
    is_met: bool
    note: str = ""


class Verdict(Record):
    candidate: str
    criteria: tuple[Criterion, ...]

    @property
    def is_passed(self) -> bool:
        return all(criterion.is_met for criterion in self.criteria)


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
