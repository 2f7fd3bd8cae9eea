"""What `evaluate` leaves: the scores of every model on the same rows, and the differences between them.

Counts and scores only, never values of a row.
"""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """What a step of an experiment leaves for the next ones."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class CategoryScore(Record):
    rows: int
    precision: float
    recall: float
    f1: float


class CoveragePoint(Record):
    """The rows that a model is most confident of."""

    share: float
    threshold: float
    """The least confidence among them."""
    accuracy: float | None
    """None when no row has that confidence."""


class ReliabilityBin(Record):
    """Rows of like confidence: a fifteenth of all, so a calibrated model has equal numbers here."""

    confidence: float
    """Mean of the bin."""
    accuracy: float


class Score(Record):
    rows: int
    accounts: int
    unknown_rows: int = 0
    """Their true category is none of the model's: it can't be right on them."""
    accuracy: float
    macro_f1: float
    """Over the categories that occur in these rows."""
    weighted_f1: float
    log_loss: float
    calibration_error: float
    """Expected calibration error of the confidence, 15 bins of equal counts."""
    by_share: tuple[CoveragePoint, ...]
    by_threshold: tuple[CoveragePoint, ...]
    coverage_curve: tuple[float, ...] = ()
    """Accuracy of the most confident 1/m, 2/m, ... m/m of the rows; to be plotted."""
    reliability: tuple[ReliabilityBin, ...] = ()
    """From the least to the most confident."""
    categories: dict[str, CategoryScore]
    confusion: tuple[tuple[int, ...], ...]
    """[ground truth][predicted], in the order of the evaluation's `categories`."""


class Interval(Record):
    """Of a difference, by a paired bootstrap over accounts; at the evaluation's confidence level."""

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
    """CPU time in the worker's own predict path, one thread, blocks of `block_rows`; the best of several rounds'
    medians."""
    later: SplitScore
    unseen: SplitScore | None
    """None when the split held out no account."""


class Evaluation(Record):
    experiment_id: str
    categories: tuple[str, ...]
    rows_train: int
    block_rows: int
    confidence_level: float = 0.95
    majority_category: str
    majority_later: Score
    majority_unseen: Score | None
    champion: ModelEvaluation | None
    champion_note: str | None
    """Why the comparison with the champion is missing or not fair."""
    champion_version: str | None = None
    """Set also when it could not be evaluated; None when there was no champion."""
    candidates: tuple[ModelEvaluation, ...]
