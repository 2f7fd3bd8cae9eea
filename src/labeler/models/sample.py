"""Sampled rows as monitoring reads them: of a unit from its worker, of an experiment from its evaluation.

Features, label and confidence; no key, no account, no text of a statement.
"""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa


def sample_table(
    feature_names: Sequence[str],
    categories: Sequence[str],
    *,
    matrix: np.ndarray,
    label: np.ndarray,
    confidence: np.ndarray,
    weight: np.ndarray,
) -> pa.Table:
    """n rows: the features in their order, then three columns that are known by their place.

    `matrix`: float32 (n, features); `label`: int32 (n,) into `categories`; `confidence`: float32 (n,);
    `weight`: (n,), how many rows each one stands for.
    """
    names = pa.array(categories, pa.string())
    columns = [
        *(pa.array(np.ascontiguousarray(column)) for column in matrix.T),
        pa.DictionaryArray.from_arrays(pa.array(label), names),
        pa.array(confidence),
        pa.array(weight.astype(np.float32)),
    ]
    return pa.Table.from_arrays(columns, names=[*feature_names, "label", "confidence", "weight"])
