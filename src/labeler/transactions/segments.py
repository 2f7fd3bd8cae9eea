"""Columns worked on per account and per distinct value, all rows of a unit at once (pure)."""

from collections.abc import Callable

import numpy as np
import pyarrow as pa

from labeler.transactions.table import Coded

DENSE_KEYS_A_ROW = 8
"""Combinations are counted in a plain table up to this many cells a row, by hashing beyond."""


class Segments:
    """The rows of each account: adjacent, `starts[g]` to `starts[g] + sizes[g]`."""

    def __init__(self, group: np.ndarray) -> None:
        self.starts = np.flatnonzero(np.diff(group, prepend=-1))
        self.sizes = np.diff(self.starts, append=len(group))
        self.of_row = np.repeat(np.arange(len(self.starts)), self.sizes)

    def spread(self, values: np.ndarray) -> np.ndarray:
        """(g,) -> (n,)"""
        return np.repeat(values, self.sizes)

    def sum(self, values: np.ndarray) -> np.ndarray:
        """(n,) -> (g,) in float64"""
        return np.add.reduceat(values, self.starts, dtype=np.float64)

    def max(self, values: np.ndarray) -> np.ndarray:
        return np.maximum.reduceat(values, self.starts)

    def repeats(self, *codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """How often each row's combination of codes occurs in its account (n,); each combination's index (n,), with gaps."""
        key = self.of_row
        for code in codes:
            key = key * (int(code.max()) + 1) + code
        if int(key.max()) > DENSE_KEYS_A_ROW * len(key):
            key = pa.array(key).dictionary_encode().indices.to_numpy()
        return np.bincount(key)[key], key


def per_value(column: Coded, compute: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """Computed once per distinct value, spread to the rows."""
    return compute(column.values)[column.codes]


def per_pair(left: Coded, right: Coded, compute: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> np.ndarray:
    """Computed once per distinct pair of values, spread to the rows."""
    key = left.codes.astype(np.int64) * len(right.values) + right.codes
    encoded = pa.array(key).dictionary_encode()
    distinct = encoded.dictionary.to_numpy()
    result = compute(distinct // len(right.values), distinct % len(right.values)).astype(np.float32)
    return result[encoded.indices.to_numpy()]
