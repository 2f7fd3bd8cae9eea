"""Files -> labels, a sample and rejects: read, featurised and predicted together."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from labeler.messages import WorkUnit
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.task import LabelingTask, RawFile, Reject
from labeler.worker.outputs import labels_table
from labeler.worker.phase_timer import PhaseTimer
from labeler.worker.sample import SampledRows, sample_rows


class LabeledFiles(NamedTuple):
    labels: pa.Table
    label_counts: np.ndarray
    sample: SampledRows
    rejects: list[tuple[str, Reject]]
    """(file key, reject)"""


class FileLabeler:
    """Changes nothing but the timer, so that it can fail and be tried on fewer files."""

    def __init__(
        self,
        unit: WorkUnit,
        *,
        task: LabelingTask,
        reference: Any,
        model: LoadedModel,
        predict_block_rows: int,
        timer: PhaseTimer,
    ) -> None:
        self._unit = unit
        self._task = task
        self._reference = reference
        self._model = model
        self._predict_block_rows = predict_block_rows
        self._timer = timer

    def label(self, files: Sequence[RawFile]) -> LabeledFiles:
        """Raises whatever the task's or the model's code raises."""
        categories, measure = self._model.categories, self._timer.measure
        with measure("read"):
            reading = self._task.read(files)
        with measure("features"):
            matrix = self._task.features(reading.table, self._reference)
        with measure("predict"):
            predictions = predict(self._model, matrix, block_rows=self._predict_block_rows)
        keys = [file.key for file in files]
        with measure("sample"):
            sample = sample_rows(keys, reading, predictions, matrix, categories=len(categories))
        with measure("write"):
            return LabeledFiles(
                labels=labels_table(self._unit, keys, reading, predictions, categories),
                label_counts=np.bincount(predictions.label, minlength=len(categories)),
                sample=sample,
                rejects=[(keys[reject.file], reject) for reject in reading.rejects],
            )
