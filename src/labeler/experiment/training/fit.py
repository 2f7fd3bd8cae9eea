"""One fit: timed, with its warnings, and with one thread for numeric libraries."""

import time
import warnings
from typing import Any

import numpy as np


def fit(unfitted: Any, matrix: np.ndarray, label: np.ndarray) -> tuple[Any, float, str]:
    """(the same object, fitted; seconds; classes of the warnings that it gave, for example ConvergenceWarning)."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    began = time.perf_counter()
    # Numeric libraries get one thread: two that share a busy machine wait for each other, which takes up to twenty
    # times as long, and sums in another order are another model.
    with threadpool_limits(limits=1), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        unfitted.fit(matrix, label)
    classes = sorted({warning.category.__name__ for warning in caught})
    return unfitted, time.perf_counter() - began, ", ".join(classes)


def available_cores() -> int:
    """A container's share of the machine, too."""
    from joblib import cpu_count

    return int(cpu_count())
