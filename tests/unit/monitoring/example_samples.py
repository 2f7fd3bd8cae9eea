"""A small sample whose rows have weights."""

import numpy as np
import pyarrow as pa

from labeler.monitoring.drift.samples import Sample


def weighted_sample(weights: list[float], labels: list[str] | None = None) -> Sample:
    rows = len(weights)
    return Sample(
        pa.table(
            {
                "number": pa.array(np.arange(rows, dtype=np.float32)),
                "label": pa.array(labels or ["a"] * rows).dictionary_encode(),
                "confidence": pa.array(np.full(rows, 0.5, np.float32)),
                "weight": pa.array(np.array(weights, np.float32)),
            }
        )
    )
