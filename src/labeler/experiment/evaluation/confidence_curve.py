"""How accuracy follows from confidence: coverage, thresholds and calibration of one model on one set of rows (pure).

Rows of equal confidence are taken in equal parts, never in the order in which they lie in the table: forests give
many rows the same confidence, and whoever sorts decides which of them count among the most confident.
"""

import math
from dataclasses import dataclass

import numpy as np

from labeler.experiment.scores import CoveragePoint, ReliabilityBin

CALIBRATION_BINS = 15
CURVE_POINTS = 50


@dataclass(frozen=True, slots=True)
class ConfidenceCurve:
    """Sums over the most confident rows, for each distinct confidence; (d + 1,) each, from no row to all of them.

    Between two of them the sums grow evenly: that is what taking rows of equal confidence in equal parts means.
    """

    confidence: np.ndarray
    """float32 (d,), falling"""
    rows: np.ndarray
    right: np.ndarray
    expected: np.ndarray
    """Rows that would be right if the confidences were probabilities."""

    @classmethod
    def of(cls, confidence: np.ndarray, is_right: np.ndarray) -> "ConfidenceCurve":
        """`confidence`: float32 (n,); `is_right`: bool (n,)."""
        rising, group, count = np.unique(confidence, return_inverse=True, return_counts=True)
        right = np.bincount(group, weights=is_right)
        sums = (np.r_[0.0, np.cumsum(column[::-1])] for column in (count, right, count * rising.astype(np.float64)))
        return cls(rising[::-1], *sums)

    @property
    def total(self) -> int:
        return int(self.rows[-1])

    def at_share(self, share: float) -> CoveragePoint:
        taken = min(self.total, max(1, math.ceil(share * self.total - 1e-9)))
        last = int(np.searchsorted(self.rows, taken)) - 1
        return CoveragePoint(
            share=share,
            threshold=float(self.confidence[last]),
            accuracy=float(np.interp(taken, self.rows, self.right)) / taken,
        )

    def at_threshold(self, threshold: float) -> CoveragePoint:
        above = int((self.confidence >= np.float32(threshold)).sum())
        rows = float(self.rows[above])
        accuracy = float(self.right[above]) / rows if rows else None
        return CoveragePoint(share=rows / self.total, threshold=threshold, accuracy=accuracy)

    def accuracies(self) -> tuple[float, ...]:
        """Of the most confident 1/m, 2/m, ... m/m of the rows."""
        taken = np.linspace(0, self.total, CURVE_POINTS + 1)[1:]
        return tuple((np.interp(taken, self.rows, self.right) / taken).tolist())

    def calibration_error(self) -> float:
        right, expected = self._binned()
        return float(np.abs(right - expected).sum() / self.total)

    def reliability(self) -> tuple[ReliabilityBin, ...]:
        rows = self.total / CALIBRATION_BINS
        bins = zip(*(sums[::-1] / rows for sums in self._binned()), strict=True)
        return tuple(ReliabilityBin(confidence=float(expected), accuracy=float(right)) for right, expected in bins)

    def _binned(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows right, and rows expected right, of 15 bins of equal counts (parts of a row where need be)."""
        edges = np.linspace(0, self.total, CALIBRATION_BINS + 1)
        right, expected = (np.diff(np.interp(edges, self.rows, sums)) for sums in (self.right, self.expected))
        return right, expected
