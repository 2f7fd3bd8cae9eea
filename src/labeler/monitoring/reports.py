"""What monitoring writes about a run: drift.json and performance.json beside its summary.

They are no part of the summary: that is written once, when the labels are there, and says what was published. Drift
is evaluated after that and true labels come weeks later, so each has an object of its own that names the generation
it is about.
"""

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from labeler.messages import Count, Message, RunName, Sha256


class DriftVerdict(StrEnum):
    STABLE = "stable"
    DRIFTED = "drifted"
    UNJUDGED = "unjudged"
    """There is nothing to compare with, or too little; `reason` says what."""


class ColumnDrift(BaseModel):
    """How far a column's distribution lies from the reference's."""

    model_config = ConfigDict(frozen=True)
    column: str
    method: str
    score: float
    threshold: float
    is_watched: bool = True
    """False: it moves by its nature (a day of the month) and never counts."""

    @property
    def is_drifted(self) -> bool:
        return self.is_watched and self.score >= self.threshold


class ReferenceNote(BaseModel):
    """Where the reference comes from."""

    model_config = ConfigDict(frozen=True)
    origin: str
    """`run daily-2026-03-01`, or what an experiment calls its held-out rows."""
    rows: Count
    label_shares: dict[str, float]
    reject_share: float | None = None
    """Rejected rows over rows that arrived; None when the origin has no such thing."""


class DriftReport(Message):
    """Does the day of a generation look like the reference of its model?"""

    run_id: RunName
    run_date: date
    generation: int
    model_version: str
    model_sha256: Sha256
    at: AwareDatetime
    verdict: DriftVerdict
    reason: str = ""
    flags: tuple[str, ...] = ()
    """What drifted, in sentences; empty unless the verdict is DRIFTED."""
    rows_sampled: Count = 0
    features: tuple[ColumnDrift, ...] = ()
    label: ColumnDrift | None = None
    confidence: ColumnDrift | None = None
    rejects: ColumnDrift | None = None
    """The change of the share of rejected rows, in shares of all rows."""
    reference: ReferenceNote | None = None

    @property
    def drifted_features(self) -> tuple[ColumnDrift, ...]:
        """The worst first, by how far over their threshold they are."""
        drifted = [column for column in self.features if column.is_drifted]
        return tuple(sorted(drifted, key=lambda column: column.threshold / column.score))

    @property
    def drifted_share(self) -> float:
        """Of the watched feature columns."""
        watched = [column for column in self.features if column.is_watched]
        return len(self.drifted_features) / len(watched) if watched else 0.0


class CategoryPerformance(BaseModel):
    model_config = ConfigDict(frozen=True)
    category: str
    rows: Count
    """Whose true label it is."""
    precision: float
    recall: float
    f1: float


class PerformanceReport(Message):
    """How right the labels of a generation were, by true labels that came later."""

    run_id: RunName
    run_date: date
    generation: int
    model_version: str
    at: AwareDatetime
    rows_labeled: Count
    rows_known: Count
    """Labels whose row has a true label: joined on account, file key and row number."""
    rows_unmatched: Count
    """True labels of rows that the run has no label for."""
    accuracy: float
    second_accuracy: float
    """The true label is the first or the second."""
    macro_f1: float
    majority_accuracy: float
    """Of always saying the most frequent true category: what a model has to beat."""
    mean_confidence: float
    """Of the known rows; far from the accuracy, it promises too much or too little."""
    categories: tuple[CategoryPerformance, ...]
