"""Labeled files from a folder or from S3: listed in the order of their keys, read in blocks of bounded files and bytes.

Keys are told below the folder or the prefix, so the same files are the same data wherever they lie. Listings are
streams: memory is bounded by a block (and a folder's names), whatever the number of files.
"""

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath
from typing import Any

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import InputInvalidError, ObjectMissingError
from labeler.experiment.data.days import ALL, Days, of_days
from labeler.fetch import Block, Fetcher, split_blocks
from labeler.run_index import FileEntry
from labeler.settings import MIB
from labeler.task import FileReason, RawFile, Reject

PATTERN = "*.csv"
BLOCK_FILES = 500
BLOCK_BYTES = 16 * MIB
MAX_FILE_BYTES = 16 * MIB
"""Larger ones are rejected unread, as a worker does."""
FETCH_THREADS = 16
S3 = "s3://"


class FolderSource:
    """Files of a folder and those below it."""

    def __init__(self, address: str, pattern: str, days: Days = ALL) -> None:
        self.address = address
        self.pattern = pattern
        self.days = days
        self._root = Path(address)

    def entries(self) -> Iterator[FileEntry]:
        """Raises InputInvalidError: no such folder, or nothing in it."""
        if not self._root.is_dir():
            raise InputInvalidError(f"{self.address} is not a folder", hint="give a folder of labeled files")
        try:
            yield from _some(self._walk(""), self)
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
        with os.scandir(self._root / below) as found:
            inside = sorted((f"{entry.name}/" if entry.is_dir() else entry.name, entry) for entry in found)
        for name, entry in inside:
            if name.startswith("."):
                continue
            key = below + name
            if name.endswith("/"):
                yield from self._walk(key)
            elif entry.is_file():
                yield FileEntry(_utf8(key), "", entry.stat().st_size)


class S3Source:
    """Objects below a prefix. Connects on first use, so that it can be sent to another process."""

    def __init__(self, address: str, pattern: str, days: Days = ALL) -> None:
        self.address = address
        self.pattern = pattern
        self.days = days
        self._bucket, _, prefix = address.removeprefix(S3).partition("/")
        if not self._bucket:
            raise InputInvalidError(f"{address} names no bucket", hint="write it as s3://bucket/prefix")
        self._prefix = f"{prefix.rstrip('/')}/" if prefix.strip("/") else ""

    def entries(self) -> Iterator[FileEntry]:
        """Raises InputInvalidError (no such bucket, nothing in it), AccessDeniedError and what may pass."""
        try:
            yield from _some(self._listed(), self)
        except ObjectMissingError as error:
            raise InputInvalidError(
                f"there is no bucket {self._bucket}", hint="write it as s3://bucket/prefix"
            ) from error

    def count(self) -> int | None:
        """Not known before a listing that may take minutes."""
        return None

    def fetch(self, entries: Sequence[FileEntry]) -> Block:
        """Raises InputInvalidError for a file that changed since it was listed, and as `Fetcher.fetch`."""
        block = self._fetcher.fetch([entry._replace(key=self._prefix + entry.key) for entry in entries])
        cut = len(self._prefix)
        for key, reject in block.rejected:
            if reject.reason != FileReason.TOO_LARGE:
                raise InputInvalidError(
                    f"{key[cut:]} of {self.address} changed or vanished while it was read",
                    hint="start again when nobody writes there",
                )
        return block._replace(
            files=[file._replace(key=file.key[cut:]) for file in block.files],
            rejected=[(key[cut:], reject) for key, reject in block.rejected],
        )

    def close(self) -> None:
        """Its threads; what comes after connects anew."""
        if (fetcher := self.__dict__.pop("_fetcher", None)) is not None:
            fetcher.close()

    def __reduce__(self) -> tuple[Any, ...]:
        # to another process without this one's connections
        return S3Source, (self.address, self.pattern, self.days)

    @cached_property
    def _aws(self) -> Aws:
        return Aws()

    @cached_property
    def _fetcher(self) -> Fetcher:
        return Fetcher(self._aws, self._bucket, threads=FETCH_THREADS, max_file_bytes=MAX_FILE_BYTES)

    def _listed(self) -> Iterator[FileEntry]:
        # not obstore's: it refuses a whole page for one key with an empty segment
        with translated_errors(f"listing {self.address}"):
            pages = self._aws.s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for found in page.get("Contents", ()):
                    key = found["Key"][len(self._prefix) :]
                    yield FileEntry(key, found["ETag"].strip('"'), found["Size"])


Source = FolderSource | S3Source


def open_source(address: str, pattern: str = PATTERN, days: Days = ALL) -> Source:
    """A folder or s3://bucket/prefix. Raises InputInvalidError for an address, a pattern or days that can't be meant."""
    if not pattern.strip("/."):
        raise InputInvalidError(f"{pattern!r} is no pattern of file names", hint=f"give one as {PATTERN}")
    if days.first and days.last and days.first > days.last:
        raise InputInvalidError(f"no day is{days}", hint="give the earlier one as --first-day")
    if address.startswith(S3):
        return S3Source(address, pattern, days)
    if "://" in address:
        raise InputInvalidError(f"{address} is neither a folder nor in S3", hint="give a folder or s3://bucket/prefix")
    return FolderSource(address, pattern, days)


def blocks(source: Source) -> Iterator[list[FileEntry]]:
    """The source's files, cut the same way each time: what a part of the prepared data is made of."""
    return split_blocks(source.entries(), BLOCK_BYTES, BLOCK_FILES)


def _matching(entries: Iterator[FileEntry], pattern: str) -> Iterator[FileEntry]:
    for entry in entries:
        path = PurePosixPath(entry.key)
        is_hidden = any(part.startswith(".") for part in path.parts)
        if not is_hidden and not entry.key.endswith("/") and path.match(pattern):
            yield entry


def _some(entries: Iterator[FileEntry], source: Source) -> Iterator[FileEntry]:
    """Of all files those of the pattern and the days.

    Raises InputInvalidError when there are none, or they are not in order (S3's directory buckets).
    """
    last = ""
    for entry in of_days(_matching(entries, source.pattern), source.days, source.address):
        if entry.key <= last:
            raise InputInvalidError(
                f"{source.address} is not listed in the order of keys", hint="copy the files to a general bucket"
            )
        last = entry.key
        yield entry
    if not last:
        raise InputInvalidError(
            f"{source.address} holds no {source.pattern}{source.days}",
            hint="give a place that holds such files, or --pattern",
        )


def _utf8(key: str) -> str:
    try:
        key.encode()
    except UnicodeEncodeError as error:
        raise InputInvalidError(f"a file's name is not UTF-8: {os.fsencode(key)!r}", hint="rename it") from error
    return key
