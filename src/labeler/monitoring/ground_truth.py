"""True labels that come later, joined with a run's labels on account, file key and row number, a unit at a time."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labeler.aws import Aws
from labeler.errors import InputInvalidError
from labeler.messages import OutputObject
from labeler.monitoring.published_run import READERS
from labeler.storage import Bucket
from labeler.task import LabelingTask, RawFile

if TYPE_CHECKING:
    import pyarrow as pa

GroundTruth = Callable[[str], bytes | None]
"""Name of a file -> its labeled twin, if there is one."""


class MatchCounts(NamedTuple):
    """Of labels that have a true one; `confusion` is int64 (true category, label)."""

    confusion: np.ndarray
    second_correct: int
    confidence_sum: float
    unmatched: int

    @classmethod
    def empty(cls, categories: int) -> "MatchCounts":
        return cls(np.zeros((categories, categories), np.int64), 0, 0.0, 0)

    def plus(self, other: "MatchCounts") -> "MatchCounts":
        return MatchCounts(
            self.confusion + other.confusion,
            self.second_correct + other.second_correct,
            self.confidence_sum + other.confidence_sum,
            self.unmatched + other.unmatched,
        )


def open_ground_truth(location: str, aws: Aws) -> GroundTruth:
    """A folder, or s3://bucket/prefix; files are found by their name. Raises InputInvalidError."""
    if location.startswith("s3://"):
        name, _, prefix = location.removeprefix("s3://").partition("/")
        bucket, start = Bucket(aws, name), f"{prefix.rstrip('/')}/" if prefix else ""
        return lambda file: bucket.find(f"{start}{file}")
    folder = Path(location)
    if not folder.is_dir():
        raise InputInvalidError(
            f"{location} is no folder", hint="name a folder of labeled files, or s3://bucket/prefix"
        )

    def read(file: str) -> bytes | None:
        path = folder / file
        return path.read_bytes() if path.is_file() else None

    return read


def count_matches(
    objects: Sequence[OutputObject], ground_truth: GroundTruth, task: LabelingTask, labels: Bucket
) -> Iterator[MatchCounts]:
    """Of each object of labels whose files have true ones."""
    for output in objects:
        table = _labels_table(labels.get(output.key), task)
        keys = table.column("file_key").unique().to_pylist()
        with ThreadPoolExecutor(READERS, thread_name_prefix="ground-truth") as pool:
            bodies = list(pool.map(lambda key: ground_truth(PurePosixPath(key).name), keys))
        files = [RawFile(key, body) for key, body in zip(keys, bodies, strict=True) if body is not None]
        if files:
            yield _matched(table, files, task)


def _labels_table(body: bytes, task: LabelingTask) -> "pa.Table":
    import pyarrow.parquet as pq

    columns = [*task.identity_columns, "file_key", "row_number", "label", "confidence", "second_label"]
    table = pq.read_table(io.BytesIO(body), columns=columns)
    return table.cast(_without_dictionaries(table.schema))


def _without_dictionaries(schema: "pa.Schema") -> "pa.Schema":
    """Strings instead: the dictionaries of two files can't be joined."""
    import pyarrow as pa

    return pa.schema([(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type) for one in schema])


def _matched(table: "pa.Table", files: Sequence[RawFile], task: LabelingTask) -> MatchCounts:
    """One unit's labels against the true ones of its files. A file's rows without a category have none."""
    import pyarrow as pa

    reading = task.read(files, with_labels=True)
    names = pa.array([file.key for file in files])
    true_labels = pa.table(
        {
            **{name: array.cast(pa.string()) for name, array in reading.identity.items()},
            "file_key": names.take(pa.array(reading.file_index)),
            "row_number": pa.array(reading.row_number),
            "true_label": reading.labels.cast(pa.string()) if reading.labels is not None else pa.nulls(0, pa.string()),
        }
    )
    on = [*task.identity_columns, "file_key", "row_number"]
    both = table.join(true_labels, keys=on, join_type="inner")
    code = {category: position for position, category in enumerate(task.categories)}
    true, label, second = (
        np.array([code[name] for name in both.column(column).to_pylist()], np.int64)
        for column in ("true_label", "label", "second_label")
    )
    size = len(task.categories)
    return MatchCounts(
        confusion=np.bincount(true * size + label, minlength=size * size).reshape(size, size),
        second_correct=int(((second == true) & (label != true)).sum()),
        confidence_sum=float(both.column("confidence").to_numpy().sum()),
        unmatched=true_labels.num_rows - both.num_rows,
    )
