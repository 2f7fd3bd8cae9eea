"""What the ledger says of a run and of a settled unit."""

from datetime import date

from pydantic import AwareDatetime

from labeler.messages import Message, RunState, UnitState


class RunRecord(Message):
    """A run as the ledger knows it; `files`, `size_bytes` and `units` are 0 while it is PLANNING."""

    run_id: str
    run_date: date
    state: RunState
    generation: int = 1
    started_at: AwareDatetime
    deadline_at: AwareDatetime
    files: int = 0
    size_bytes: int = 0
    units: int = 0
    units_dispatched: int = 0
    """Units 1 to this have been sent to the queue."""
    units_done: int = 0
    units_failed: int = 0
    files_done: int = 0
    bytes_done: int = 0
    rows_in: int = 0
    rows_labeled: int = 0
    rows_quarantined: int = 0
    model_name: str = ""
    model_version: str = ""
    finished_at: AwareDatetime | None = None

    @property
    def is_settled(self) -> bool:
        return self.state is RunState.RUNNING and self.units_done + self.units_failed == self.units


class UnitRecord(Message):
    """A settled unit."""

    unit_id: int
    state: UnitState
    reason: str = ""
    files_done: int = 0
    bytes_done: int = 0
    rows_in: int = 0
    worker_id: str = ""
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
