"""A unit's blocks -> labels, quarantine and the receipt's figures. No queue, no clock but the phases' timer."""

from collections import Counter
from typing import Any, NamedTuple

import numpy as np
from aws_lambda_powertools import Logger

from labeler.errors import LabelerError
from labeler.fetch import Block
from labeler.messages import WorkUnit
from labeler.models.bundle import LoadedModel
from labeler.task import FileReason, LabelingTask, RawFile, Reject
from labeler.worker.label_files import FileLabeler
from labeler.worker.outputs import (
    QUARANTINE_SCHEMA,
    ParquetPart,
    Sealed,
    labels_schema,
    quarantine_table,
)
from labeler.worker.phase_timer import PhaseTimer
from labeler.worker.sample import UnitSample
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
        self._categories = model.categories
        self._logger = logger
        self._timer = PhaseTimer()
        self._file_labeler = FileLabeler(
            unit,
            task=task,
            reference=reference,
            model=model,
            predict_block_rows=predict_block_rows,
            timer=self._timer,
        )
        self._labels = ParquetPart(labels_schema(task.identity_columns))
        self._quarantine = ParquetPart(QUARANTINE_SCHEMA)
        self._sample = UnitSample(task.feature_names, model.categories)
        self._label_counts = np.zeros(len(model.categories), np.int64)
        self._rejects: Counter[str] = Counter()
        self._rejected_rows: Counter[str] = Counter()
        self._files = self._files_rejected = self._size_bytes = self._rows_quarantined = 0

    def add(self, block: Block) -> None:
        """Raises what the task's or the model's code raises when it does so on every file of many."""
        self._files += block.entries
        self._size_bytes += block.size_bytes
        self._add_rejects(block.rejected)
        errors: list[Exception] = []
        if block.files:
            self._label(block.files, errors)
        if len(errors) == len(block.files) >= MANY_FILES:
            raise errors[0]

    def finish(self, fetch_s: float) -> LabeledUnit:
        with self._timer.measure("write"):
            labels, quarantine = self._labels.seal(), self._quarantine.seal()
        with self._timer.measure("sample"):
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
                name: int(count) for name, count in zip(self._categories, self._label_counts, strict=True) if count
            },
            stage_s={"fetch": fetch_s, **self._timer.seconds},
        )

    def _label(self, files: list[RawFile], errors: list[Exception]) -> None:
        """All files at once; when the task's own code fails on them, halves, down to the one file that it fails on."""
        try:
            labeled = self._file_labeler.label(files)
        except LabelerError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the task's code raises
            if len(files) > 1:
                middle = len(files) // 2
                self._label(files[:middle], errors)
                self._label(files[middle:], errors)
                return
            errors.append(error)
            fields = {"run_id": self._unit.run_id, "file_key": files[0].key, "error": type(error).__name__}
            extra = {"frames": frames(error), **fields}
            self._logger.error("file failed in the task's code", extra=extra)  # noqa: TRY400 - its message may hold values
            self._add_rejects([(files[0].key, Reject(0, None, None, None, FileReason.UNREADABLE, 0))])
            return
        with self._timer.measure("write"):
            self._labels.add(labeled.labels)
            self._label_counts += labeled.label_counts
            self._add_rejects(labeled.rejects)
        with self._timer.measure("sample"):
            self._sample.add(labeled.sample)

    def _add_rejects(self, rejects: list[tuple[str, Reject]]) -> None:
        self._quarantine.add(quarantine_table(self._unit, rejects))
        for _, reject in rejects:
            self._rejects[str(reject.reason)] += 1
            self._rejected_rows[str(reject.reason)] += reject.rows
            self._rows_quarantined += reject.rows
            self._files_rejected += reject.row_number is None
