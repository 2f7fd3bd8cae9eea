"""What the manifest of a run holds: the index, and the files of each unit's slice."""

from datetime import date
from typing import NamedTuple

from labeler.messages import Count, Message, Pins, RunName, Sha256


class FileEntry(NamedTuple):
    """One file of a manifest, as it was listed."""

    key: str
    etag: str
    size_bytes: int


class UnitSlice(Message):
    """A unit as the index names it."""

    unit_id: int
    slice_key: str
    slice_sha256: Sha256
    files: Count
    size_bytes: Count


class RunIndex(Message):
    """The manifest's index: readable by a person, complete for a program."""

    run_id: RunName
    run_date: date
    task: str
    landing_dates: tuple[date, ...]
    files: Count
    size_bytes: Count
    files_seen_before: Count
    pins: Pins
    units: tuple[UnitSlice, ...]
