"""The loop that most people would write: one file at a time with boto3, pandas and `predict`."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.pandas_features import pandas_features, read
from labeler.task import RawFile
from labeler.transactions import task
from labeler.transactions.reference import ReferenceData


def with_pandas(body: bytes, reference: ReferenceData) -> np.ndarray:
    return pandas_features(read(body), reference).to_numpy()


def with_own_features(body: bytes, reference: ReferenceData) -> np.ndarray:
    """A stronger opponent: the same loop, but labeler's own reader and features for each file."""
    return task.features(task.read([RawFile("", body)]).table, reference)


def label_files(
    s3: Any,
    bucket: str,
    keys: list[str],
    *,
    reference: ReferenceData,
    classifier: Any,
    matrix_of: Callable[[bytes, ReferenceData], np.ndarray],
) -> int:
    """Rows labeled."""
    rows = 0
    for key in keys:
        matrix = matrix_of(s3.get_object(Bucket=bucket, Key=key)["Body"].read(), reference)
        probability = classifier.predict_proba(matrix)
        labels = pd.DataFrame(
            {"label": classifier.classes_[probability.argmax(axis=1)], "confidence": probability.max(axis=1)}
        )
        rows += len(labels)
    return rows
