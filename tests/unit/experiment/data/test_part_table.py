"""The columns of a part: rows in order, and only values that occur in them."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labeler.errors import InputInvalidError, SettingsError
from labeler.experiment.data.part_table import part_table
from labeler.task import Reading


class OwnersTask:
    name = "toy"
    identity_columns: tuple[str, ...] = ("owner",)
    feature_names = ("number",)


def reading_of(numbers: list[int], rows: list[int], **columns: Any) -> Reading:
    return Reading(
        table=None,
        file_index=np.array(numbers, np.int32),
        row_number=np.array(rows, np.int32),
        identity={"owner": pa.array([f"owner {number}" for number in numbers])},
        **columns,
    )


def test_rows_are_sorted_by_file_and_row_number() -> None:
    label = pa.array(["x", "y", "x"]).dictionary_encode()
    reading = reading_of([1, 0, 1], [2, 1, 1], labels=label, time=np.array([3, 1, 2]))
    matrix = np.array([[12.0], [1.0], [11.0]], np.float32)

    table = part_table(OwnersTask(), ["a", "b"], reading, matrix)  # type: ignore[arg-type]

    assert table.to_pydict() == {
        "number": [1.0, 11.0, 12.0],
        "label": ["y", "x", "x"],
        "account": ["owner 0", "owner 1", "owner 1"],
        "file_key": ["a", "b", "b"],
        "row_number": [1, 1, 2],
        "time": [1, 2, 3],
    }


def test_values_of_rejected_rows_are_not_in_the_dictionary() -> None:
    label = pa.DictionaryArray.from_arrays(pa.array([2, 1], pa.int32()), ["of a rejected row", "y", "x"])
    reading = reading_of([0, 0], [1, 3], labels=label, time=np.array([1, 2]))

    table = part_table(OwnersTask(), ["a"], reading, np.zeros((2, 1), np.float32))  # type: ignore[arg-type]

    assert table.column("label").combine_chunks().dictionary.to_pylist() == ["x", "y"]


def test_task_without_labels_or_identity_is_refused() -> None:
    owners: Any = OwnersTask()
    with pytest.raises(InputInvalidError, match="no labels or no times"):
        part_table(owners, ["a"], reading_of([0], [1]), np.zeros((1, 1), np.float32))
    owners.identity_columns = ()
    label = pa.array(["x"]).dictionary_encode()
    with pytest.raises(SettingsError, match="no identity column"):
        part_table(owners, ["a"], reading_of([0], [1], labels=label, time=np.array([1])), np.zeros((1, 1), np.float32))
