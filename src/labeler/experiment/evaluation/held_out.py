"""What monitoring will compare a version's days with: rows that no candidate was trained on, as the candidate labels them.

Of its training rows a model is more confident than of any day.
"""

import numpy as np
import pyarrow as pa

from labeler.experiment.evaluation.evaluation_rows import EvaluationRows
from labeler.experiment.evaluation.speed import BLOCK_ROWS
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.models.sample import sample_table

ROWS = 10_000
"""What monitoring looks at of a day."""


def held_out_sample(rows: EvaluationRows, model: LoadedModel, feature_names: tuple[str, ...]) -> pa.Table:
    """At most ROWS rows, evenly over the later rows of known accounts and over the unseen accounts."""
    parts = [part.matrix for part in (rows.later, rows.unseen) if part is not None]
    share = min(1.0, ROWS / sum(len(matrix) for matrix in parts))
    matrix = np.concatenate([_evenly(matrix, int(len(matrix) * share)) for matrix in parts])
    predicted = predict(model, matrix, block_rows=BLOCK_ROWS)
    return sample_table(
        feature_names,
        model.categories,
        matrix=matrix,
        label=predicted.label,
        confidence=predicted.confidence,
        weight=np.ones(len(matrix)),
    )


def _evenly(matrix: np.ndarray, count: int) -> np.ndarray:
    return matrix[np.arange(count) * len(matrix) // max(count, 1)]
