"""One block of files -> one Parquet part: the same files, code and reference data give the same bytes.

Both engines of `prepare` call this and nothing else, so their parts are equal; a block that is worked on twice
(a retried or speculative task) only overwrites its part with the same bytes.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labeler.errors import PermanentError
from labeler.experiment.data.blocks import run_task_code
from labeler.experiment.data.dataset import ACCOUNT
from labeler.experiment.data.file_digests import file_digests
from labeler.experiment.data.part_table import part_table
from labeler.experiment.data.sources import Source
from labeler.fetch import Block
from labeler.run_index import FileEntry
from labeler.task import RawFile, Reading, load_task

ACCOUNT_BYTES = 8
PART = "part-{:06d}.parquet"
PARTS = "part-*.parquet"
UNFINISHED = ".part-"


class Job(NamedTuple):
    """A block to be made a part."""

    number: int
    entries: list[FileEntry]


class PartSummary(NamedTuple):
    """What a part accounts for. Plain values: it crosses processes and Spark."""

    number: int
    rows: int
    """0: there is no part."""
    rows_rejected: int
    file_sha256: bytes
    """As `file_digests` gives it for the job's entries."""
    accounts: bytes
    """A hash of ACCOUNT_BYTES of each account that occurs, sorted."""


@dataclass(frozen=True)
class PartWriter:
    """Can be sent to another process. `task`: its address."""

    source: Source
    task: str
    reference: bytes
    directory: Path

    def __call__(self, job: Job) -> PartSummary:
        """Raises as `part_table` and `Source.fetch`, and PermanentError when the part can't be written."""
        block = self.source.fetch(job.entries)
        table, rows_rejected = self._build_table(block)
        if len(table):
            with _replacing(self.directory / PART.format(job.number)) as path:
                write_part(table, path)
        accounts = account_hashes(table.column(ACCOUNT).combine_chunks().dictionary.to_pylist() if len(table) else [])
        return PartSummary(job.number, len(table), rows_rejected, file_digests(job.entries, block), accounts.tobytes())

    @cached_property
    def _parsed_reference(self) -> Any:
        return load_task(self.task).parse_reference(self.reference)

    def _build_table(self, block: Block) -> tuple[pa.Table, int]:
        """(the part, rejected rows)"""
        refused = sum(reject.rows for _, reject in block.rejected)
        if not block.files:
            return pa.table({}), refused
        task, reference = load_task(self.task), self._parsed_reference

        def compute(files: list[RawFile]) -> tuple[Reading, np.ndarray]:
            reading = task.read(files, with_labels=True)
            return reading, task.features(reading.table, reference)

        reading, matrix = run_task_code(compute, block.files)
        table = part_table(task, [file.key for file in block.files], reading, matrix)
        return table, refused + sum(reject.rows for reject in reading.rejects)


def write_part(table: pa.Table, path: Path) -> None:
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        table, path, row_group_size=max(len(table), 1), compression="zstd", use_dictionary=texts, write_statistics=False
    )


def account_hashes(accounts: list[str]) -> np.ndarray:
    """uint64, sorted, each once: accounts of millions of files can be counted in memory."""
    hashes = b"".join(hashlib.blake2b(name.encode(), digest_size=ACCOUNT_BYTES).digest() for name in accounts)
    return np.unique(np.frombuffer(hashes, np.uint64))


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A file of its own that takes the place of `path` when it is whole: two writers of one part don't mix."""
    try:
        handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=UNFINISHED)
        os.close(handle)
        try:
            yield Path(unfinished)
            Path(unfinished).chmod(0o644)
            Path(unfinished).replace(path)
        finally:
            Path(unfinished).unlink(missing_ok=True)
    except OSError as error:
        raise PermanentError(f"{path} can't be written: {error}") from error
