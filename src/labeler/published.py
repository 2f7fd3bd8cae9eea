"""What completion says of a run: forecasts while it is open, then a summary and a generation."""

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime, Field

from labeler.messages import Count, Message, OutputObject, RunName, RunState, Sha256


class DeadlineState(StrEnum):
    ON_TRACK = "on_track"
    AT_RISK = "at_risk"
    LATE = "late"


class Forecast(Message):
    """When the run ends, and what it takes to end in time."""

    at: AwareDatetime
    state: DeadlineState
    eta_at: AwareDatetime | None
    eta_low_at: AwareDatetime | None
    eta_high_at: AwareDatetime | None
    """90 % interval."""
    slack_s: float | None
    """Deadline minus ETA; negative is late; None before anything can be said."""
    workers_active: Count
    workers_needed: Count
    units_left: Count
    bytes_per_worker_s: float | None
    generation: int = 1
    """That it is a forecast of: each has a deadline of its own."""


class FailedUnit(Message):
    unit_id: int
    files: Count
    reason: str


class RunSummary(Message):
    """What a published generation says of the run; sensors and people read it."""

    run_id: RunName
    run_date: date
    state: RunState
    generation: int
    reasons: tuple[str, ...]
    """Why the state is not COMPLETE; empty when it is."""
    is_reconciled: bool = True
    """Rows in are rows labeled plus rows quarantined, in every unit and overall."""
    files: Count
    files_labeled: Count
    files_rejected: Count
    files_failed: Count
    units: Count
    units_failed: Count
    failed_units: tuple[FailedUnit, ...]
    rows_in: Count
    rows_labeled: Count
    rows_quarantined: Count
    coverage: float
    """Labeled rows over rows that arrived; rows of failed units are estimated from their bytes."""
    rejects: dict[str, int]
    rejected_rows: dict[str, int] = Field(default_factory=dict)
    """Both as in the receipts."""
    label_counts: dict[str, int]
    model_name: str
    model_version: str
    model_sha256: Sha256
    labels: str
    """The S3 address of the run's labels; the generation object lists each one."""
    quarantine: str
    started_at: AwareDatetime
    finished_at: AwareDatetime
    deadline_at: AwareDatetime
    slack_s: float
    elapsed_s: float
    files_per_second: float
    stage_s: dict[str, float]


class PublishedGeneration(Message):
    """A summary and the exact objects it stands on: a reader who wants one generation reads these keys."""

    summary: RunSummary
    labels: tuple[OutputObject, ...]
    quarantine: tuple[OutputObject, ...]
