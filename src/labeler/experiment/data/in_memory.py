"""A dataset from a few labeled files, in memory and without Parquet: as `prepare` and `load_dataset` give it."""

import hashlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from labeler.errors import InputInvalidError
from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.file_digests import FilesDigest
from labeler.experiment.records import DatasetInfo, DataVersion
from labeler.run_index import FileEntry
from labeler.task import LabelingTask, RawFile, Reading

MIN_ROWS = 20


def read_dataset(files: Sequence[RawFile], task: LabelingTask, reference: bytes) -> Dataset:
    """Raises InputInvalidError when there are fewer than MIN_ROWS labeled rows."""
    reading = task.read(files, with_labels=True)
    if reading.labels is None or reading.time is None or len(reading.file_index) < MIN_ROWS:
        raise InputInvalidError(
            f"{len(reading.file_index)} labeled rows in {len(files)} files are too few to train on",
            hint="give labeled files, as the task reads them",
        )
    label, categories = _encoded(reading.labels)
    account, accounts = _encoded(reading.identity[task.identity_columns[0]])
    info = _info(files, task, reference, reading, len(accounts))
    matrix = task.features(reading.table, task.parse_reference(reference))
    return Dataset(info, matrix, label, categories, account, accounts, reading.time)


def unversioned(info: DatasetInfo) -> DataVersion:
    """Neither DVC nor git know where files in memory come from."""
    return DataVersion(
        statements_sha256=info.statements_sha256,
        reference_sha256=info.reference_sha256,
        dvc=None,
        git_commit=None,
        git_is_dirty=None,
    )


def _encoded(column: Any) -> tuple[np.ndarray, tuple[str, ...]]:
    """(int32 codes (n,) into the sorted values that occur, those values)"""
    values, codes = np.unique(np.asarray(column.to_pylist(), dtype=str), return_inverse=True)
    return codes.astype(np.int32), tuple(values.tolist())


def _info(
    files: Sequence[RawFile], task: LabelingTask, reference: bytes, reading: Reading, accounts: int
) -> DatasetInfo:
    digest = FilesDigest()
    for file in sorted(files):
        digest.add([FileEntry(file.key, "", len(file.body))], hashlib.sha256(file.body).digest())
    return DatasetInfo(
        task=task.name,
        features_digest=task.features_digest(),
        feature_names=task.feature_names,
        reference_version="",
        reference_sha256=hashlib.sha256(reference).hexdigest(),
        statements_sha256=digest.hexdigest(),
        files=len(set(reading.file_index.tolist())),
        accounts=accounts,
        rows=len(reading.file_index),
        rows_rejected=sum(reject.rows for reject in reading.rejects),
        parts=(),
    )
