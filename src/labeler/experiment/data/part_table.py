"""The columns of a part: the features, and the label, account, file, row and time of each row."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labeler.errors import InputInvalidError, SettingsError
from labeler.experiment.data.dataset import ACCOUNT, FILE_KEY, LABEL, ROW_NUMBER, TIME
from labeler.task import LabelingTask, Reading

TEXT = pa.dictionary(pa.int32(), pa.string())


def part_table(task: LabelingTask, keys: list[str], reading: Reading, matrix: np.ndarray) -> pa.Table:
    """`matrix` float32 (n, features) -> its columns and dataset.METADATA_COLUMNS, by file and row number.

    `keys` of the files. Raises InputInvalidError when the task tells no labels or times, SettingsError when it has no
    identity column.
    """
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


def _text(values: Any, order: np.ndarray) -> pa.DictionaryArray:
    """Encoded anew: codes by first occurrence, and no value that only rejected rows had."""
    text = values.cast(pa.string()) if pa.types.is_dictionary(values.type) else values
    encoded = pc.dictionary_encode(text.take(pa.array(order)))
    return encoded.cast(TEXT)
