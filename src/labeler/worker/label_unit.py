"""A unit's blocks -> labels, quarantine and the receipt's figures. No queue, no clock but the stages' timers."""

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from aws_lambda_powertools import Logger

from labeler.errors import LabelerError
from labeler.fetch import Block
from labeler.messages import WorkUnit
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.task import FileReason, LabelingTask, RawFile, Reject
from labeler.worker.outputs import (
    QUARANTINE_SCHEMA,
    ParquetPart,
    Sealed,
    labels_schema,
    labels_table,
    quarantine_table,
)
from labeler.worker.sample import SampledRows, UnitSample, sample_rows
from labeler.worker.tracebacks import frames

MANY_FILES = 8
"""When the code fails on each of so many files, it is not the files: a broken model must not quarantine a day."""


class LabeledUnit(NamedTuple):
    """Everything that a receipt says of a unit, and the bytes to write."""

    labels: Sealed | None
    quarantine: Sealed | None
    sample: Sealed | None
    files: int
    files_rejected: int
    size_bytes: int
    rows_in: int
    rows_labeled: int
    rows_quarantined: int
    rejects: dict[str, int]
    rejected_rows: dict[str, int]
    label_counts: dict[str, int]
    stage_s: dict[str, float]


class _Computed(NamedTuple):
    labels: pa.Table
    label_counts: np.ndarray
    sample: SampledRows
    rejects: list[tuple[str, Reject]]


class UnitLabeler:
    """Takes a unit block by block, so that memory is bounded by a block and not by the unit."""

    def __init__(
        self,
        unit: WorkUnit,
        *,
        task: LabelingTask,
        reference: Any,
        model: LoadedModel,
        predict_block_rows: int,
        logger: Logger,
    ) -> None:
        self._unit = unit
        self._task = task
        self._reference = reference
        self._model = model
        self._predict_block_rows = predict_block_rows
        self._logger = logger
        self._labels = ParquetPart(labels_schema(task.identity_columns))
        self._quarantine = ParquetPart(QUARANTINE_SCHEMA)
        self._sample = UnitSample(task.feature_names, model.categories)
        self._label_counts = np.zeros(len(model.categories), np.int64)
        self._rejects: Counter[str] = Counter()
        self._rejected_rows: Counter[str] = Counter()
        self._stage_s: dict[str, float] = defaultdict(float)
        self._files = self._files_rejected = self._size_bytes = self._rows_quarantined = 0

    def add(self, block: Block) -> None:
        """Raises what the task's or the model's code raises when it does so on every file of many."""
        self._files += block.entries
        self._size_bytes += block.size_bytes
        self._refuse(block.rejected)
        faults: list[Exception] = []
        if block.files:
            self._label(block.files, faults)
        if len(faults) == len(block.files) >= MANY_FILES:
            raise faults[0]

    def finish(self, fetch_s: float) -> LabeledUnit:
        with self._timed("write"):
            labels, quarantine = self._labels.seal(), self._quarantine.seal()
        with self._timed("sample"):
            sample = self._sample.seal(self._label_counts)
        rows = self._labels.rows
        return LabeledUnit(
            labels=labels,
            quarantine=quarantine,
            sample=sample,
            files=self._files,
            files_rejected=self._files_rejected,
            size_bytes=self._size_bytes,
            rows_in=rows + self._rows_quarantined,
            rows_labeled=rows,
            rows_quarantined=self._rows_quarantined,
            rejects=dict(sorted(self._rejects.items())),
            rejected_rows=dict(sorted(self._rejected_rows.items())),
            label_counts={
                name: int(count)
                for name, count in zip(self._model.categories, self._label_counts, strict=True)
                if count
            },
            stage_s={"fetch": fetch_s, **self._stage_s},
        )

    def _label(self, files: list[RawFile], faults: list[Exception]) -> None:
        """All files at once; when the task's own code fails on them, halves, down to the one file that it fails on."""
        try:
            computed = self._compute(files)
        except LabelerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the task's code raises
            if len(files) > 1:
                middle = len(files) // 2
                self._label(files[:middle], faults)
                self._label(files[middle:], faults)
                return
            faults.append(error)
            fields = {"run_id": self._unit.run_id, "file_key": files[0].key, "error": type(error).__name__}
            extra = {"frames": frames(error), **fields}
            self._logger.error("file failed in the task's code", extra=extra)  # noqa: TRY400 - its message may hold values
            self._refuse([(files[0].key, Reject(0, None, None, None, FileReason.UNREADABLE, 0))])
            return
        with self._timed("write"):
            self._labels.add(computed.labels)
            self._label_counts += computed.label_counts
            self._refuse(computed.rejects)
        with self._timed("sample"):
            self._sample.add(computed.sample)

    def _compute(self, files: list[RawFile]) -> _Computed:
        """Changes nothing but the timers, so that it can fail and be tried on fewer files."""
        with self._timed("read"):
            reading = self._task.read(files)
        with self._timed("features"):
            matrix = self._task.features(reading.table, self._reference)
        with self._timed("predict"):
            predictions = predict(self._model, matrix, block_rows=self._predict_block_rows)
        keys = [file.key for file in files]
        with self._timed("sample"):
            sample = sample_rows(keys, reading, predictions, matrix, categories=len(self._model.categories))
        with self._timed("write"):
            return _Computed(
                labels=labels_table(self._unit, keys, reading, predictions, self._model.categories),
                label_counts=np.bincount(predictions.label, minlength=len(self._label_counts)),
                sample=sample,
                rejects=[(keys[reject.file], reject) for reject in reading.rejects],
            )

    def _refuse(self, rejects: list[tuple[str, Reject]]) -> None:
        self._quarantine.add(quarantine_table(self._unit, rejects))
        for _, reject in rejects:
            self._rejects[str(reject.reason)] += 1
            self._rejected_rows[str(reject.reason)] += reject.rows
            self._rows_quarantined += reject.rows
            self._files_rejected += reject.row_number is None

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        """CPU of this thread: on one core the wall clock would count the fetching of the next block as ours."""
        start = time.thread_time()
        try:
            yield
        finally:
            self._stage_s[stage] += time.thread_time() - start
