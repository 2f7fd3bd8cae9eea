"""The two most likely categories of a row."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel
from labeler.models.predict import Predictions, predict

PIN = ModelPin(name="m", version="1", key="models/a.tar", sha256="a" * 64, features_digest="f")
shares = st.sampled_from([0.0, 0.125, 0.25, 0.5, 1.0])
probabilities = hnp.arrays(np.float64, st.tuples(st.integers(1, 40), st.integers(2, 5)), elements=shares)


class Echo:
    """Its features are its probabilities."""

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return matrix.astype(np.float64)


def predicted(matrix: Any, block_rows: int = 1000) -> Predictions:
    values = np.asarray(matrix, np.float32)
    names = tuple(f"c{number}" for number in range(values.shape[1]))
    return predict(LoadedModel(Echo(), names, PIN), values, block_rows=block_rows)


def test_the_label_is_the_most_likely_category_and_the_second_is_the_next() -> None:
    predictions = predicted([[0.25, 0.125, 0.5], [1.0, 0.0, 0.0]])

    assert predictions.label.tolist() == [2, 0]
    assert predictions.confidence.tolist() == [0.5, 1.0]
    assert predictions.second.tolist() == [0, 1]
    assert predictions.second_confidence.tolist() == [0.25, 0.0]


def test_of_equally_likely_categories_the_first_is_predicted() -> None:
    predictions = predicted([[0.25, 0.25, 0.25], [0.0, 0.5, 0.5]])

    assert predictions.label.tolist() == [0, 1]
    assert predictions.second.tolist() == [1, 2]


@given(probabilities)
def test_label_and_second_differ_and_are_in_order_of_probability(matrix: np.ndarray) -> None:
    predictions = predicted(matrix)
    highest = np.sort(matrix, axis=1)[:, ::-1].astype(np.float32)

    assert (predictions.label != predictions.second).all()
    assert (predictions.confidence == highest[:, 0]).all()
    assert (predictions.second_confidence == highest[:, 1]).all()


@given(probabilities, st.integers(1, 50))
def test_the_block_size_does_not_change_the_predictions(matrix: np.ndarray, block_rows: int) -> None:
    for whole, in_blocks in zip(predicted(matrix), predicted(matrix, block_rows), strict=True):
        assert (whole == in_blocks).all()


def test_predict_of_no_rows_returns_empty_columns() -> None:
    predictions = predicted(np.empty((0, 3)))

    assert [values.dtype for values in predictions] == [np.int32, np.float32, np.int32, np.float32]
    assert [len(values) for values in predictions] == [0, 0, 0, 0]
