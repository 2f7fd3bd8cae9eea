"""Which files of a folder or a prefix are read: those of the pattern and the days, in the order of their keys."""

from collections.abc import Iterator
from pathlib import PurePosixPath

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import Days, filter_days
from labeler.run_index import FileEntry
from labeler.settings import MIB

MAX_FILE_BYTES = 16 * MIB
"""Larger ones are rejected unread, as a worker does."""


def select_entries(entries: Iterator[FileEntry], *, address: str, pattern: str, days: Days) -> Iterator[FileEntry]:
    """Raises InputInvalidError when none is left, or they are not in order (S3's directory buckets)."""
    last = ""
    for entry in filter_days(_matching(entries, pattern), days, address):
        if entry.key <= last:
            raise InputInvalidError(
                f"{address} is not listed in the order of keys", hint="copy the files to a general bucket"
            )
        last = entry.key
        yield entry
    if not last:
        raise InputInvalidError(
            f"{address} holds no {pattern}{days}", hint="give a place that holds such files, or --pattern"
        )


def _matching(entries: Iterator[FileEntry], pattern: str) -> Iterator[FileEntry]:
    for entry in entries:
        path = PurePosixPath(entry.key)
        is_hidden = any(part.startswith(".") for part in path.parts)
        if not is_hidden and not entry.key.endswith("/") and path.match(pattern):
            yield entry
