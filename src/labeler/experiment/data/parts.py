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
import pyarrow.compute as pc
import pyarrow.parquet as pq

from labeler.errors import InputInvalidError, PermanentError, SettingsError
from labeler.experiment.data.blocks import of_files
from labeler.experiment.data.dataset import ACCOUNT, FILE_KEY, LABEL, ROW_NUMBER, TIME
from labeler.experiment.data.sources import Source
from labeler.fetch import Block
from labeler.run_index import FileEntry
from labeler.task import LabelingTask, RawFile, Reading, load_task

DIGEST_BYTES = 32
ACCOUNT_BYTES = 8
UNREAD = bytes(DIGEST_BYTES)
TEXT = pa.dictionary(pa.int32(), pa.string())
PART = "part-{:06d}.parquet"
PARTS = "part-*.parquet"
UNFINISHED = ".part-"


class Job(NamedTuple):
    """A block to be made a part."""

    number: int
    entries: list[FileEntry]


class PartDone(NamedTuple):
    """What a part accounts for. Plain values: it crosses processes and Spark."""

    number: int
    rows: int
    """0: there is no part."""
    rows_rejected: int
    file_sha256: bytes
    """SHA-256 of each file, in the order of the job's entries; zeros for one that was too large to read."""
    accounts: bytes
    """A hash of ACCOUNT_BYTES of each account that occurs, sorted."""


class FilesDigest:
    """SHA-256 over the keys and contents of files, in the order of their keys."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, entries: list[FileEntry], file_sha256: bytes) -> None:
        """`file_sha256`: DIGEST_BYTES of each entry."""
        for position, entry in enumerate(entries):
            key = entry.key.encode()
            digest = file_sha256[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES]
            # with its length, so that no other keys and digests give the same bytes
            self._sha256.update(len(key).to_bytes(4) + key + digest)

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def file_digests(entries: list[FileEntry], block: Block) -> bytes:
    """SHA-256 of each file of the block, in the order of its entries; UNREAD where it was too large to read."""
    digests = {file.key: hashlib.sha256(file.body).digest() for file in block.files}
    return b"".join(digests.get(entry.key, UNREAD) for entry in entries)


@dataclass(frozen=True)
class PartWriter:
    """Can be sent to another process. `task`: its address."""

    source: Source
    task: str
    reference: bytes
    directory: Path

    def __call__(self, job: Job) -> PartDone:
        """Raises InputInvalidError when the task tells no labels or times, and as `Source.fetch`."""
        block = self.source.fetch(job.entries)
        table, rows_rejected = self._made(block)
        if len(table):
            with _replacing(self.directory / PART.format(job.number)) as path:
                write_part(table, path)
        accounts = account_hashes(table.column(ACCOUNT).combine_chunks().dictionary.to_pylist() if len(table) else [])
        return PartDone(job.number, len(table), rows_rejected, file_digests(job.entries, block), accounts.tobytes())

    @cached_property
    def _parsed_reference(self) -> Any:
        return load_task(self.task).parse_reference(self.reference)

    def _made(self, block: Block) -> tuple[pa.Table, int]:
        """(the part, rejected rows)"""
        refused = sum(reject.rows for _, reject in block.rejected)
        if not block.files:
            return pa.table({}), refused
        task, reference = load_task(self.task), self._parsed_reference

        def compute(files: list[RawFile]) -> tuple[Reading, np.ndarray]:
            reading = task.read(files, with_labels=True)
            return reading, task.features(reading.table, reference)

        reading, matrix = of_files(compute, block.files)
        table = part_table(task, [file.key for file in block.files], reading, matrix)
        return table, refused + sum(reject.rows for reject in reading.rejects)


def part_table(task: LabelingTask, keys: list[str], reading: Reading, matrix: np.ndarray) -> pa.Table:
    """`matrix` float32 (n, features) -> its columns and dataset.OWN_COLUMNS, by file and row number."""
    if reading.labels is None or reading.time is None:
        raise InputInvalidError(
            f"the task {task.name} tells no labels or no times of labeled files", hint="see docs/own-task.md"
        )
    if not task.identity_columns:
        raise SettingsError(
            f"the task {task.name} has no identity column", hint="give it one that tells accounts apart"
        )
    order = np.lexsort((reading.row_number, reading.file_index))
    columns: dict[str, Any] = {
        name: np.ascontiguousarray(matrix[order, position]) for position, name in enumerate(task.feature_names)
    }
    columns[LABEL] = _text(reading.labels, order)
    columns[ACCOUNT] = _text(reading.identity[task.identity_columns[0]], order)
    columns[FILE_KEY] = _text(pa.DictionaryArray.from_arrays(pa.array(reading.file_index), pa.array(keys)), order)
    columns[ROW_NUMBER] = reading.row_number[order].astype(np.int32)
    columns[TIME] = reading.time[order].astype(np.int64)
    return pa.table(columns)


def write_part(table: pa.Table, path: Path) -> None:
    texts = [field.name for field in table.schema if pa.types.is_dictionary(field.type)]
    pq.write_table(
        table, path, row_group_size=max(len(table), 1), compression="zstd", use_dictionary=texts, write_statistics=False
    )


def account_hashes(accounts: list[str]) -> np.ndarray:
    """uint64, sorted, each once: accounts of millions of files can be counted in memory."""
    hashes = b"".join(hashlib.blake2b(name.encode(), digest_size=ACCOUNT_BYTES).digest() for name in accounts)
    return np.unique(np.frombuffer(hashes, np.uint64))


def _text(values: Any, order: np.ndarray) -> pa.DictionaryArray:
    """Encoded anew: codes by first occurrence, and no value that only rejected rows had."""
    text = values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
    encoded = pc.dictionary_encode(text.take(pa.array(order)))
    return encoded.cast(TEXT)


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
