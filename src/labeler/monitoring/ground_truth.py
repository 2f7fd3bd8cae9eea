"""Later true labels -> how right a run was: joined on account, file key and row number, a unit at a time."""

import io
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from labeler import layout
from labeler.aws import Aws
from labeler.errors import InputInvalidError
from labeler.messages import OutputObject
from labeler.monitoring.facts import READERS, published_summary
from labeler.monitoring.records import CategoryPerformance, PerformanceReport
from labeler.published import PublishedGeneration, RunSummary
from labeler.storage import Bucket, read_message
from labeler.task import LabelingTask, RawFile

if TYPE_CHECKING:
    import pyarrow as pa

TruthOf = Callable[[str], bytes | None]
"""Name of a file -> its labeled twin, if there is one."""


class Counts(NamedTuple):
    """Grows over the units; `confusion` int64 (true category, label)."""

    confusion: np.ndarray
    second_right: int
    confidence: float
    unmatched: int

    def plus(self, other: "Counts") -> "Counts":
        return Counts(
            self.confusion + other.confusion,
            self.second_right + other.second_right,
            self.confidence + other.confidence,
            self.unmatched + other.unmatched,
        )


def measure(
    run_id: str, *, truth: TruthOf, task: LabelingTask, runs: Bucket, labels: Bucket, now: datetime
) -> PerformanceReport:
    """Writes performance.json, which the newest truth replaces.

    Raises RunNotFoundError, RunConflictError (not published yet), InputInvalidError (nothing matched).
    """
    summary = published_summary(run_id, runs)
    published = read_message(runs, layout.generation_key(run_id, summary.generation), PublishedGeneration)
    total = _none(len(task.categories))
    for counts in _units(published.labels, truth, task, labels):
        total = total.plus(counts)
    if not total.confusion.sum():
        raise InputInvalidError(
            f"none of the true labels is of a row that {run_id} labeled",
            hint="they need the names of the run's files and the column of the category",
        )
    report = _report(summary, total, task.categories, now)
    runs.put(layout.performance_key(run_id), report.model_dump_json(indent=2).encode(), "application/json")
    return report


def truth_from(place: str, aws: Aws) -> TruthOf:
    """A folder, or s3://bucket/prefix; files are found by their name. Raises InputInvalidError."""
    if place.startswith("s3://"):
        name, _, prefix = place.removeprefix("s3://").partition("/")
        bucket, start = Bucket(aws, name), f"{prefix.rstrip('/')}/" if prefix else ""
        return lambda file: bucket.find(f"{start}{file}")
    folder = Path(place)
    if not folder.is_dir():
        raise InputInvalidError(f"{place} is no folder", hint="name a folder of labeled files, or s3://bucket/prefix")

    def read(file: str) -> bytes | None:
        path = folder / file
        return path.read_bytes() if path.is_file() else None

    return read


def _units(objects: Sequence[OutputObject], truth: TruthOf, task: LabelingTask, labels: Bucket) -> Iterator[Counts]:
    for output in objects:
        table = _labels_table(labels.get(output.key), task)
        keys = table.column("file_key").unique().to_pylist()
        with ThreadPoolExecutor(READERS, thread_name_prefix="truth") as pool:
            bodies = list(pool.map(lambda key: truth(PurePosixPath(key).name), keys))
        files = [RawFile(key, body) for key, body in zip(keys, bodies, strict=True) if body is not None]
        if files:
            yield joined(table, files, task)


def _labels_table(body: bytes, task: LabelingTask) -> "pa.Table":
    import pyarrow.parquet as pq

    columns = [*task.identity_columns, "file_key", "row_number", "label", "confidence", "second_label"]
    table = pq.read_table(io.BytesIO(body), columns=columns)
    return table.cast(_plain(table.schema))


def _plain(schema: "pa.Schema") -> "pa.Schema":
    """Strings instead of dictionaries: those of two files can't be joined."""
    import pyarrow as pa

    return pa.schema([(one.name, pa.string() if pa.types.is_dictionary(one.type) else one.type) for one in schema])


def joined(table: "pa.Table", files: Sequence[RawFile], task: LabelingTask) -> Counts:
    """One unit's labels against the truth of its files. A file's rows without a category have no truth."""
    import pyarrow as pa

    reading = task.read(files, with_labels=True)
    names = pa.array([file.key for file in files])
    truth = pa.table(
        {
            **{name: array.cast(pa.string()) for name, array in reading.identity.items()},
            "file_key": names.take(pa.array(reading.file_index)),
            "row_number": pa.array(reading.row_number),
            "truth": reading.labels.cast(pa.string()) if reading.labels is not None else pa.nulls(0, pa.string()),
        }
    )
    on = [*task.identity_columns, "file_key", "row_number"]
    both = table.join(truth, keys=on, join_type="inner")
    code = {category: position for position, category in enumerate(task.categories)}
    true, said, second = (
        np.array([code[name] for name in both.column(column).to_pylist()], np.int64)
        for column in ("truth", "label", "second_label")
    )
    size = len(task.categories)
    return Counts(
        confusion=np.bincount(true * size + said, minlength=size * size).reshape(size, size),
        second_right=int(((second == true) & (said != true)).sum()),
        confidence=float(both.column("confidence").to_numpy().sum()),
        unmatched=truth.num_rows - both.num_rows,
    )


def _none(categories: int) -> Counts:
    return Counts(np.zeros((categories, categories), np.int64), 0, 0.0, 0)


def _report(summary: RunSummary, counts: Counts, categories: Sequence[str], now: datetime) -> PerformanceReport:
    known, right = int(counts.confusion.sum()), int(np.trace(counts.confusion))
    each = [_category(name, position, counts.confusion) for position, name in enumerate(categories)]
    there = [one for one in each if one.rows]
    return PerformanceReport(
        run_id=summary.run_id,
        run_date=summary.run_date,
        generation=summary.generation,
        model_version=summary.model_version,
        at=now,
        rows_labeled=summary.rows_labeled,
        rows_known=known,
        rows_unmatched=counts.unmatched,
        accuracy=right / known,
        second_accuracy=(right + counts.second_right) / known,
        macro_f1=sum(one.f1 for one in there) / len(there),
        majority_accuracy=max(one.rows for one in there) / known,
        mean_confidence=counts.confidence / known,
        categories=tuple(there),
    )


def _category(name: str, position: int, confusion: np.ndarray) -> CategoryPerformance:
    right, true, said = (
        int(n) for n in (confusion[position, position], confusion[position].sum(), confusion[:, position].sum())
    )
    return CategoryPerformance(
        category=name,
        rows=true,
        precision=right / said if said else 0.0,
        recall=right / true if true else 0.0,
        f1=2 * right / (true + said) if right else 0.0,
    )
