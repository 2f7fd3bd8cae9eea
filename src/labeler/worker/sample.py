"""A bounded sample of a unit for monitoring, taken on the way: nobody reads millions of rows again to look for drift.

Every row has a hash of its file's key and its row number. Those with the smallest hashes of the unit are kept, and of
each category at least a few. Of a category these are again the rows with the smallest hashes, so they are a uniform
sample of it, and a kept row stands for (rows of its category) / (kept rows of it): its weight. The hash knows neither
block, worker nor time: a rerun keeps the same rows.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from labeler.models.predict import Predictions
from labeler.models.sample import sample_table
from labeler.task import Reading
from labeler.worker.outputs import ParquetPart, Sealed

ROWS = 384
"""Of a unit, whatever their category."""
ROWS_PER_CATEGORY = 4
"""At least, as far as there are so many: rare ones would be missing else."""
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
HIGHEST = 2.0**64 - 2.0**12
"""The largest float that still is a hash."""
AMPLE = 4
KEY_BYTES = 8


class SampledRows(NamedTuple):
    """m rows, in any order."""

    hashes: np.ndarray  # uint64 (m,)
    label: np.ndarray  # int32 (m,)
    confidence: np.ndarray  # float32 (m,)
    matrix: np.ndarray  # float32 (m, features)

    def take(self, rows: np.ndarray) -> "SampledRows":
        return SampledRows(*(column[rows] for column in self))

    def joined(self, other: "SampledRows") -> "SampledRows":
        return SampledRows(*(np.concatenate(pair) for pair in zip(self, other, strict=True)))


def sample_rows(
    keys: Sequence[str], reading: Reading, predictions: Predictions, matrix: np.ndarray, *, categories: int
) -> SampledRows:
    """Of the files that were read together; `keys` as `reading.file_index` counts them."""
    hashes = row_hashes(keys, reading.file_index, reading.row_number)
    kept = smallest(hashes, predictions.label, categories)
    return SampledRows(hashes[kept], predictions.label[kept], predictions.confidence[kept], matrix[kept])


def row_hashes(keys: Sequence[str], file_index: np.ndarray, row_number: np.ndarray) -> np.ndarray:
    """uint64 (n,), even: a file starts at its key's digest and goes on in steps of the golden ratio (Fibonacci hashing,
    Knuth, The Art of Computer Programming 3, section 6.4). Three passes over the rows, for this runs on all of them."""
    digests = b"".join(hashlib.blake2b(key.encode(), digest_size=KEY_BYTES).digest() for key in keys)
    hashes = row_number.astype(np.uint64)
    hashes *= GOLDEN  # wraps around, as it should
    hashes += np.frombuffer(digests, "<u8")[file_index]
    return hashes


def smallest(hashes: np.ndarray, label: np.ndarray, categories: int) -> np.ndarray:
    """Indices of the ROWS smallest hashes and of the ROWS_PER_CATEGORY smallest of each category."""
    if len(hashes) <= ROWS:
        return np.arange(len(hashes))
    kept = _smallest(hashes, ROWS)
    kept_counts = np.bincount(label[kept], minlength=categories)
    counts = np.bincount(label, minlength=categories)
    parts = [kept]
    for category in np.flatnonzero(kept_counts < np.minimum(counts, ROWS_PER_CATEGORY)):
        rows = np.flatnonzero(label == category)
        parts.append(rows[_smallest(hashes[rows], ROWS_PER_CATEGORY)])
    return np.unique(np.concatenate(parts))


def _smallest(hashes: np.ndarray, count: int) -> np.ndarray:
    """Indices. Hashes are even, so a small share of them holds the smallest: sorting all would take most of the time."""
    below = np.uint64(min(AMPLE * count / len(hashes), 1.0) * HIGHEST)
    few = np.flatnonzero(hashes <= below)
    if len(few) < count:
        few = np.arange(len(hashes))
    return few[np.argsort(hashes[few])[:count]]


class UnitSample:
    """Grows block by block and never holds more than a unit's sample."""

    def __init__(self, feature_names: Sequence[str], categories: Sequence[str]) -> None:
        self._feature_names = tuple(feature_names)
        self._categories = tuple(categories)
        self._kept: SampledRows | None = None

    def add(self, rows: SampledRows) -> None:
        joined = rows if self._kept is None else self._kept.joined(rows)
        self._kept = joined.take(smallest(joined.hashes, joined.label, len(self._categories)))

    def seal(self, label_counts: np.ndarray) -> Sealed | None:
        """`label_counts` int64 (categories,): of all rows of the unit. None when it has no labels."""
        if self._kept is None or not len(self._kept.hashes):
            return None
        rows = self._kept.take(np.argsort(self._kept.hashes))
        weight = (label_counts / np.maximum(np.bincount(rows.label, minlength=len(label_counts)), 1))[rows.label]
        table = sample_table(
            self._feature_names,
            self._categories,
            matrix=rows.matrix,
            label=rows.label,
            confidence=rows.confidence,
            weight=weight,
        )
        part = ParquetPart(table.schema)
        part.add(table)
        return part.seal()
