"""A first model needs labeled rows of several times; without them it is refused before anything is trained."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.training.first_model import SPLIT, train_first_model
from labeler.task import RawFile, Reading
from labeler.transactions import task


class ConstantTask:
    """Reads thirty rows that are all alike; has no feature groups."""

    name = "alike"
    identity_columns = ("account",)
    feature_names = ("warmth",)
    categories = ("WARM", "COLD")

    def __init__(self, labels: list[str], times: list[int]) -> None:
        self.labels, self.times = labels, times

    def read(self, files: Any, *, with_labels: bool = False) -> Reading:
        rows = len(self.labels)
        return Reading(
            table=None,
            file_index=np.zeros(rows, np.int32),
            row_number=np.arange(rows, dtype=np.int32),
            identity={"account": pa.array(["a"] * rows)},
            labels=pa.array(self.labels).dictionary_encode(),
            time=np.array(self.times, np.int64),
        )

    def parse_reference(self, body: bytes) -> None:
        return None

    def default_reference(self) -> bytes:
        return b"{}"

    def features(self, table: Any, reference: Any) -> np.ndarray:
        return np.zeros((len(self.labels), 1), np.float32)

    def features_digest(self) -> str:
        return "f" * 64


def train(files: list[RawFile], labeling_task: Any) -> None:
    train_first_model(files, task=labeling_task, registry_uri="never asked", model_name="m")


def test_too_few_labeled_rows_are_refused() -> None:
    with pytest.raises(InputInvalidError, match="0 labeled rows in 1 files"):
        train([RawFile("a.csv", b"")], task)


def test_rows_of_one_category_are_refused() -> None:
    with pytest.raises(InputInvalidError, match="fewer than two categories"):
        train([RawFile("a", b"")], ConstantTask(["WARM"] * 30, list(range(30))))


def test_rows_of_one_time_are_refused() -> None:
    with pytest.raises(InputInvalidError, match="no later part"):
        train([RawFile("a", b"")], ConstantTask(["WARM", "COLD"] * 15, [7] * 30))


def test_first_model_holds_no_account_out() -> None:
    assert str(SPLIT) == "later=0.3 unseen=0 seed=20191"
