"""What monitoring will compare a version's days with: rows that no candidate learnt from, as the candidate labels them.

Of rows that it learnt from a model is surer than of any day.
"""

import numpy as np
import pyarrow as pa

from labeler.experiment.evaluation.judged_rows import JudgedRows
from labeler.experiment.evaluation.speed import BLOCK_ROWS
from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.models.sample import sample_table

ROWS = 10_000
"""What monitoring looks at of a day."""


def held_out_sample(judged: JudgedRows, model: LoadedModel, feature_names: tuple[str, ...]) -> pa.Table:
    """At most ROWS rows, evenly over the later rows of known accounts and over the unseen accounts."""
    parts = [part.matrix for part in (judged.later, judged.unseen) if part is not None]
    share = min(1.0, ROWS / sum(len(matrix) for matrix in parts))
    matrix = np.concatenate([_evenly(matrix, int(len(matrix) * share)) for matrix in parts])
    said = predict(model, matrix, block_rows=BLOCK_ROWS)
    return sample_table(
        feature_names,
        model.categories,
        matrix=matrix,
        label=said.label,
        confidence=said.confidence,
        weight=np.ones(len(matrix)),
    )


def _evenly(matrix: np.ndarray, count: int) -> np.ndarray:
    return matrix[np.arange(count) * len(matrix) // max(count, 1)]
