"""Two most likely categories of each row, in blocks that stay in the cache."""

from typing import NamedTuple

import numpy as np

from labeler.models.bundle import LoadedModel


def warm_up() -> None:
    """Imports what loading a model and predicting with it need: seconds that a worker spends before it holds a message."""
    import mlflow.sklearn  # noqa: F401
    import sklearn.ensemble  # noqa: F401


class Predictions(NamedTuple):
    """Of n rows; codes index the model's categories."""

    label: np.ndarray  # int32 (n,)
    confidence: np.ndarray  # float32 (n,) probability of the label
    second: np.ndarray  # int32 (n,)
    second_confidence: np.ndarray  # float32 (n,)


def predict(model: LoadedModel, matrix: np.ndarray, *, block_rows: int) -> Predictions:
    """`matrix`: float32 (n, features). Ties go to the category that comes first, so a rerun predicts the same."""
    rows = len(matrix)
    result = Predictions(
        np.empty(rows, np.int32), np.empty(rows, np.float32), np.empty(rows, np.int32), np.empty(rows, np.float32)
    )
    for start in range(0, rows, block_rows):
        block = slice(start, start + block_rows)
        probability = np.asarray(model.classifier.predict_proba(matrix[block]))
        row = np.arange(len(probability))
        first = probability.argmax(axis=1)
        result.label[block], result.confidence[block] = first, probability[row, first]
        probability[row, first] = -1.0
        second = probability.argmax(axis=1)
        result.second[block], result.second_confidence[block] = second, probability[row, second]
    return result
