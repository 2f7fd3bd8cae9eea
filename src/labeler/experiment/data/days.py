"""Days of labeled files: a file is of the day that names a folder which it lies in, as `labeler statements land` does."""

import re
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from labeler.errors import InputInvalidError
from labeler.run_index import FileEntry

NAME = re.compile(r"\d{4}-\d{2}-\d{2}")


class Days(NamedTuple):
    """From `first` to `last`, both in it; None: open at that end."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and (self.first or date.min) <= day <= (self.last or date.max)

    def __str__(self) -> str:
        """To end a sentence with; empty for all days."""
        since = f" from {self.first}" if self.first else ""
        return f"{since} to {self.last}" if self.last else since


ALL_DAYS = Days()


def day_of(key: str) -> date | None:
    """The day that the outermost such folder of the key is named by."""
    for name in key.split("/")[:-1]:
        if NAME.fullmatch(name):
            try:
                return date.fromisoformat(name)
            except ValueError:
                continue
    return None


def filter_days(entries: Iterator[FileEntry], days: Days, address: str) -> Iterator[FileEntry]:
    """The files of these days; those without a day are left out, unless `days` is ALL_DAYS.

    Raises InputInvalidError when no file has a day.
    """
    if days == ALL_DAYS:
        yield from entries
        return
    files = dated = 0
    for entry in entries:
        day = day_of(entry.key)
        files += 1
        dated += day is not None
        if day in days:
            yield entry
    if files and not dated:
        raise InputInvalidError(
            f"{address} has no folder that is named by a day, so no file is known to be{days}",
            hint="name folders as 2026-03-01, or leave --first-day and --last-day out",
        )
