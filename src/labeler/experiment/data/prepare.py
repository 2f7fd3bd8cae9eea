"""Labeled files -> Parquet parts of the task's own matrix: the same `features` code as inference."""

import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from labeler.errors import InputInvalidError, PermanentError
from labeler.experiment.data.engines import Engine
from labeler.experiment.data.file_digests import FilesDigest
from labeler.experiment.data.parts import PART, PARTS, UNFINISHED, Job, PartSummary, PartWriter
from labeler.experiment.data.sources import Source, blocks
from labeler.experiment.files import ExperimentFiles, write_record
from labeler.experiment.records import DatasetInfo
from labeler.run_index import FileEntry
from labeler.task import LabelingTask, load_task


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

    `task`: its address; `reference`: the task's own when left out; `progress` gets the number of files so far. Raises
    InputInvalidError when no row is left to train on.
    """
    labeling_task = load_task(task)
    reference = labeling_task.default_reference() if reference is None else reference
    labeling_task.parse_reference(reference)
    _clear(files)
    writer = PartWriter(source, task, reference, files.prepared)
    totals = _Totals()
    for job, summary in engine(writer, _jobs(source)):
        totals.add(job.entries, summary)
        progress(totals.files)
    _require_rows(totals, source)
    info = totals.info(labeling_task, reference, source)
    write_record(files.dataset, info)
    return info


def _require_rows(totals: "_Totals", source: Source) -> None:
    if not totals.rows:
        raise InputInvalidError(
            f"{totals.files:,} files of {source.address} have no labeled row that is not rejected",
            hint="see `labeler experiment validate`",
        )


class _Totals:
    """Sums over parts that come in the order of their files."""

    def __init__(self) -> None:
        self.files = self.rows = self.rows_rejected = 0
        self.parts: list[str] = []
        self._accounts: list[np.ndarray] = []
        self._sha256 = FilesDigest()

    def add(self, entries: list[FileEntry], summary: PartSummary) -> None:
        self.files += len(entries)
        self.rows += summary.rows
        self.rows_rejected += summary.rows_rejected
        if summary.rows:
            self.parts.append(PART.format(summary.number))
        self._accounts.append(np.frombuffer(summary.accounts, np.uint64))
        self._sha256.add(entries, summary.file_sha256)

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
    """Deletes the parts of an earlier call, and first the file that says that they are whole."""
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
    version = content.get("version") if isinstance(content, dict) else None
    return hashlib.sha256(reference).hexdigest()[:12] if version is None else str(version)
