"""Labeled files of a folder and those below it, listed in the order of their keys."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import ALL_DAYS, Days
from labeler.experiment.data.listing import MAX_FILE_BYTES, select_entries
from labeler.fetch import Block
from labeler.run_index import FileEntry
from labeler.task import FileReason, RawFile, Reject


class FolderSource:
    def __init__(self, address: str, pattern: str, days: Days = ALL_DAYS) -> None:
        self.address = address
        self.pattern = pattern
        self.days = days
        self._root = Path(address)

    def entries(self) -> Iterator[FileEntry]:
        """Raises InputInvalidError: no such folder, or nothing in it."""
        if not self._root.is_dir():
            raise InputInvalidError(f"{self.address} is not a folder", hint="give a folder of labeled files")
        try:
            yield from select_entries(self._walk(""), address=self.address, pattern=self.pattern, days=self.days)
        except OSError as error:
            raise InputInvalidError(f"{self.address} can't be listed: {error}") from error

    def count(self) -> int | None:
        return sum(1 for _ in self.entries())

    def fetch(self, entries: Sequence[FileEntry]) -> Block:
        """Raises InputInvalidError for a file that can't be read."""
        files, rejected = [], []
        for entry in entries:
            if entry.size_bytes > MAX_FILE_BYTES:
                rejected.append((entry.key, Reject(-1, None, None, None, FileReason.TOO_LARGE, 0)))
                continue
            try:
                files.append(RawFile(entry.key, (self._root / entry.key).read_bytes()))
            except OSError as error:
                raise InputInvalidError(f"{entry.key} of {self.address} can't be read: {error.strerror}") from error
        return Block(files, len(entries), sum(len(file.body) for file in files), rejected)

    def close(self) -> None:
        pass

    def _walk(self, below: str) -> Iterator[FileEntry]:
        """In the order of whole keys: a folder stands where its name and a slash would."""
        with os.scandir(self._root / below) as entries:
            inside = sorted((f"{entry.name}/" if entry.is_dir() else entry.name, entry) for entry in entries)
        for name, entry in inside:
            if name.startswith("."):
                continue
            key = below + name
            if name.endswith("/"):
                yield from self._walk(key)
            elif entry.is_file():
                yield FileEntry(_utf8(key), "", entry.stat().st_size)


def _utf8(key: str) -> str:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise InputInvalidError(f"a file's name is not UTF-8: {os.fsencode(key)!r}", hint="rename it") from error
    return key
