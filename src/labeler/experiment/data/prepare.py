"""Labeled files -> Parquet parts of the task's own matrix: the same `features` code as inference."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from labeler.errors import InputInvalidError, PermanentError
from labeler.experiment.data.blocks import run_blocks
from labeler.experiment.data.parts import PART, PARTS, UNFINISHED, FilesDigest, Job, PartDone, PartWriter
from labeler.experiment.data.sources import Source, blocks
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.records import DatasetInfo
from labeler.run_index import FileEntry
from labeler.task import LabelingTask, load_task

Engine = Callable[[PartWriter, Iterable[Job]], Iterator[tuple[Job, PartDone]]]
"""Makes a part of each job and tells of them in the order of their numbers."""


def local_engine(processes: int) -> Engine:
    """In this process or in several of this machine."""

    def run(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartDone]]:
        return run_blocks(_Kept(writer), jobs, processes=processes)

    return run


class _Kept:
    """The job goes with what came of it: who asks in order has not kept the jobs."""

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer

    def __call__(self, job: Job) -> tuple[Job, PartDone]:
        return job, self._writer(job)


def prepare(
    files: ExperimentFiles,
    source: Source,
    *,
    task: str,
    engine: Engine,
    reference: bytes | None = None,
    progress: Callable[[int], object] = lambda _: None,
) -> DatasetInfo:
    """Writes the parts, and `dataset.json` last: without it nothing counts as prepared.

    `task`: its address; `reference`: the task's own when left out; `progress` is told the files so far. Raises
    InputInvalidError when no row is left to learn from.
    """
    found = load_task(task)
    body = found.default_reference() if reference is None else reference
    found.parse_reference(body)
    _clear(files)
    writer = PartWriter(source, task, body, files.prepared)
    total = _Total()
    for job, done in engine(writer, _jobs(source)):
        total.add(job.entries, done)
        progress(total.files)
    _require_rows(total, source)
    info = total.info(found, body, source)
    write_record(files.dataset, info)
    return info


def _require_rows(total: "_Total", source: Source) -> None:
    if not total.rows:
        raise InputInvalidError(
            f"{total.files:,} files of {source.address} have no labeled row that is not rejected",
            hint="see `labeler experiment validate`",
        )


class _Total:
    """Sums over parts that come in the order of their files."""

    def __init__(self) -> None:
        self.files = self.rows = self.rows_rejected = 0
        self.parts: list[str] = []
        self._accounts: list[np.ndarray] = []
        self._sha256 = FilesDigest()

    def add(self, entries: list[FileEntry], done: PartDone) -> None:
        self.files += len(entries)
        self.rows += done.rows
        self.rows_rejected += done.rows_rejected
        if done.rows:
            self.parts.append(PART.format(done.number))
        self._accounts.append(np.frombuffer(done.accounts, np.uint64))
        self._sha256.add(entries, done.file_sha256)

    def info(self, task: LabelingTask, reference: bytes, source: Source) -> DatasetInfo:
        return DatasetInfo(
            task=task.name,
            features_digest=task.features_digest(),
            feature_names=task.feature_names,
            reference_version=_version(reference),
            reference_sha256=hashlib.sha256(reference).hexdigest(),
            statements_sha256=self._sha256.hexdigest(),
            files=self.files,
            # 8 bytes of memory for each file and account of it
            accounts=len(np.unique(np.concatenate(self._accounts))),
            rows=self.rows,
            rows_rejected=self.rows_rejected,
            parts=tuple(self.parts),
            source=source.address,
            pattern=source.pattern,
            first_day=source.days.first,
            last_day=source.days.last,
        )


def _jobs(source: Source) -> Iterator[Job]:
    return (Job(number, entries) for number, entries in enumerate(blocks(source)))


def _clear(files: ExperimentFiles) -> None:
    """Parts of an earlier time go, and first what says that they are whole."""
    directory: Path = files.prepared
    try:
        directory.mkdir(parents=True, exist_ok=True)
        files.dataset.unlink(missing_ok=True)
        for old in [*directory.glob(PARTS), *directory.glob(f"{UNFINISHED}*")]:
            old.unlink()
    except OSError as error:
        raise PermanentError(f"{directory} can't be written: {error}") from error


def _version(reference: bytes) -> str:
    """As a run's pins name it."""
    try:
        content = json.loads(reference)
    except ValueError as error:
        raise InputInvalidError(f"the reference data is not JSON: {error}") from error
    found = content.get("version") if isinstance(content, dict) else None
    return hashlib.sha256(reference).hexdigest()[:12] if found is None else str(found)
