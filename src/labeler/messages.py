"""What starts a run, and what manifest, workers and completion send each other.

Frozen and versioned: a reader refuses a version that it does not know. `run_index` holds what the manifest writes
beside its messages, `published` what completion writes.
"""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from labeler.errors import MessageInvalidError
from labeler.layout import DAILY

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0)]
RunName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,80}$")]


class Message(BaseModel):
    """Base of everything that is written down: strict about what it knows, silent about newer fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    schema_version: Literal[1] = 1

    def to_json(self) -> str:
        return self.model_dump_json()

    @classmethod
    def parse(cls, body: str | bytes, *, source: str) -> Self:
        """`source` names the object or message for a person. Raises MessageInvalidError."""
        try:
            return cls.model_validate_json(body)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole text"
            raise MessageInvalidError(f"{source} is not a {cls.__name__}: {where}: {first['msg']}") from error


class RunState(StrEnum):
    PLANNING = "PLANNING"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    COMPLETE_WITH_FAILURES = "COMPLETE_WITH_FAILURES"
    FAILED = "FAILED"

    @property
    def is_published(self) -> bool:
        """A summary exists and nothing works on the run."""
        return self not in (RunState.PLANNING, RunState.RUNNING)


class UnitState(StrEnum):
    DONE = "DONE"
    FAILED = "FAILED"


class StartRun(BaseModel):
    """The event of the manifest Lambda. Repeating it is safe: a date and kind is one run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    run_date: date
    kind: Annotated[str, Field(pattern=r"^[a-z0-9]{1,20}$")] = DAILY
    model_version: str | None = None
    """None: whatever holds the champion alias now."""
    keep_published: bool = True
    """Of another kind than daily: refuse a day whose daily labels readers see already."""


class ModelPin(Message):
    """The one model of a run: its bytes in the runs bucket and what they must hash to."""

    name: str
    version: str
    key: str
    sha256: Sha256
    features_digest: str
    task: str = ""
    """The task that it was trained for."""


class ReferencePin(Message):
    key: str
    sha256: Sha256
    version: str


class Pins(Message):
    model: ModelPin
    reference: ReferencePin


class WorkUnit(Message):
    """One SQS message: a slice of the manifest and everything that a worker needs to label it."""

    run_id: RunName
    run_date: date
    unit_id: Annotated[int, Field(ge=1)]
    slice_key: str
    slice_sha256: Sha256
    files: Count
    size_bytes: Count
    task: str
    pins: Pins


class RunPlan(Message):
    """The manifest Lambda's answer."""

    run_id: RunName
    run_date: date
    state: RunState
    generation: int
    files: Count
    size_bytes: Count
    units: Count
    model_name: str
    model_version: str
    started_at: AwareDatetime
    deadline_at: AwareDatetime
    index_key: str
    summary_key: str
    generation_key: str = ""
    """Exists once this generation is settled; the summary follows it. After a redrive the summary alone is older news."""
    is_new: bool
    """False: this call found the run already started and changed nothing."""


class OutputObject(Message):
    key: str
    sha256: Sha256
    size_bytes: Count
    rows: Count


class UnitReceipt(Message):
    """Proof that a unit is done: written last and once, it names the outputs that count."""

    run_id: RunName
    run_date: date
    unit_id: int
    files: Count
    files_rejected: Count
    size_bytes: Count
    rows_in: Count
    rows_labeled: Count
    rows_quarantined: Count
    rejects: dict[str, int]
    """Quarantine records by reason: a rejected row is one, and so is a rejected file."""
    rejected_rows: dict[str, int] = {}
    """Rows without a label by the same reasons: a rejected file counts with all of its rows."""
    labels: OutputObject | None
    quarantine: OutputObject | None
    sample: OutputObject | None = None
    """A few of the unit's rows for monitoring; None also when it could not be written, which costs no label."""
    label_counts: dict[str, int]
    model_version: str
    model_sha256: Sha256
    worker_id: str
    receive_count: int
    started_at: AwareDatetime
    finished_at: AwareDatetime
    stage_s: dict[str, float]
    """read, features, predict, sample, write: CPU of the computing thread; fetch and upload: time on the clock, of which
    fetch overlaps the others."""


class UnitFailure(Message):
    """Why one receive of a unit failed; the newest explains a dead letter."""

    run_id: RunName
    unit_id: int
    receive_count: int
    error: str
    reason: str
    worker_id: str
    failed_at: AwareDatetime
