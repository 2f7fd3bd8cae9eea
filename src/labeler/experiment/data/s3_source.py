"""Labeled files below an S3 prefix, listed in the order of their keys."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import InputInvalidError, ObjectMissingError
from labeler.experiment.data.days import ALL_DAYS, Days
from labeler.experiment.data.listing import MAX_FILE_BYTES, select_entries
from labeler.fetch import Block, Fetcher
from labeler.run_index import FileEntry
from labeler.task import FileReason

FETCH_THREADS = 16
S3 = "s3://"


class S3Source:
    """Connects on first use, so that it can be sent to another process."""

    def __init__(self, address: str, pattern: str, days: Days = ALL_DAYS) -> None:
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
            yield from select_entries(self._list(), address=self.address, pattern=self.pattern, days=self.days)
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
        """Ends its threads; a later call connects anew."""
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

    def _list(self) -> Iterator[FileEntry]:
        # not obstore's: it refuses a whole page for one key with an empty segment
        with translated_errors(f"listing {self.address}"):
            pages = self._aws.s3.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=self._prefix)
            for page in pages:
                for item in page.get("Contents", ()):
                    key = item["Key"][len(self._prefix) :]
                    yield FileEntry(key, item["ETag"].strip('"'), item["Size"])
