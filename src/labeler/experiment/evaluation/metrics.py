"""How good a model's answers are: every score of one model on one set of rows (pure).

Rows of equal confidence are taken in equal parts, never in the order in which they lie in the table: forests give
many rows the same confidence, and whoever sorts decides which of them count among the surest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import CategoryScore, CoveragePoint, ReliabilityBin, Score

CALIBRATION_BINS = 15
CURVE_POINTS = 50
LEAST_PROBABILITY = 1e-7
"""What a true category counts for in the log loss at least, also one that the model does not know. Forests give true
categories a probability of exactly 0; float32, in which workers write confidences, tells nothing closer to 1."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a model says of n rows, as far as it is judged. Codes index the evaluation's categories."""

    said: np.ndarray
    """int32 (n,): the label"""
    confidence: np.ndarray
    """float32 (n,): as a worker writes it"""
    of_truth: np.ndarray
    """float64 (n,): probability of the true category; 0 when the model does not know it"""
    unknown_rows: int

    @classmethod
    def of(
        cls, probability: np.ndarray, classes: Sequence[str], truth: np.ndarray, categories: Sequence[str]
    ) -> "Answers":
        """`probability` (n, classes); `truth` int32 (n,) into `categories`, which hold all `classes`.

        Ties go to the class that comes first, as in the worker.
        """
        position = {category: index for index, category in enumerate(categories)}
        codes = np.array([position[name] for name in classes], np.int32)
        column_of = np.full(len(categories), -1, np.int32)
        column_of[codes] = np.arange(len(classes))
        every, first, column = np.arange(len(truth)), probability.argmax(axis=1), column_of[truth]
        of_truth = np.where(column >= 0, probability[every, column], 0.0).astype(np.float64)
        confidence = probability[every, first].astype(np.float32)
        return cls(codes[first], confidence, of_truth, int((column < 0).sum()))

    @classmethod
    def joined(cls, parts: Sequence["Answers"]) -> "Answers":
        """Of rows that follow one another."""
        said, confidence, of_truth = (
            np.concatenate([getattr(part, name) for part in parts]) for name in ("said", "confidence", "of_truth")
        )
        return cls(said, confidence, of_truth, sum(part.unknown_rows for part in parts))


def score(
    answers: Answers, truth: np.ndarray, account: np.ndarray, *, categories: Sequence[str], rule: EvaluationRule
) -> Score:
    """`truth` int32 (n,) into `categories`; `account` int32 (n,); at least one row.

    Averages of F1 are over the categories that occur in these rows; one that a model never says has an F1 of 0.
    """
    from sklearn.metrics import confusion_matrix

    table = category_table(answers.said, truth, categories)
    confusion = confusion_matrix(truth, answers.said, labels=np.arange(len(categories)))
    surest = _Surest.of(answers, truth)
    f1 = np.array([each.f1 for each in table.values()])
    return Score(
        rows=len(truth),
        accounts=len(np.unique(account)),
        unknown_rows=answers.unknown_rows,
        accuracy=float(np.mean(answers.said == truth)),
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=[each.rows for each in table.values()])),
        log_loss=float(-np.log(np.maximum(answers.of_truth, LEAST_PROBABILITY)).mean()),
        calibration_error=surest.calibration_error(),
        by_share=tuple(surest.at_share(share) for share in rule.coverage_shares),
        by_threshold=tuple(surest.at_threshold(threshold) for threshold in rule.confidence_thresholds),
        coverage_curve=surest.curve(),
        reliability=surest.reliability(),
        categories=dict(table),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def category_table(said: np.ndarray, truth: np.ndarray, categories: Sequence[str]) -> Mapping[str, CategoryScore]:
    """Of the categories that occur, in their order."""
    from sklearn.metrics import precision_recall_fscore_support

    occurring = np.unique(truth)
    columns = precision_recall_fscore_support(truth, said, labels=occurring, average=None, zero_division=0)
    return {
        categories[code]: CategoryScore(rows=int(rows), precision=float(precision), recall=float(recall), f1=float(f1))
        for code, precision, recall, f1, rows in zip(occurring, *columns, strict=True)
    }


@dataclass(frozen=True, slots=True)
class _Surest:
    """Sums over the surest rows, for each distinct confidence; (d + 1,) each, from no row to all of them.

    Between two of them the sums grow evenly: that is what taking rows of equal confidence in equal parts means.
    """

    confidence: np.ndarray
    """float32 (d,), falling"""
    rows: np.ndarray
    right: np.ndarray
    expected: np.ndarray
    """Rows that would be right if the confidences were probabilities."""

    @classmethod
    def of(cls, answers: Answers, truth: np.ndarray) -> "_Surest":
        rising, group, count = np.unique(answers.confidence, return_inverse=True, return_counts=True)
        right = np.bincount(group, weights=answers.said == truth)
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
        sure = int((self.confidence >= np.float32(threshold)).sum())
        rows = float(self.rows[sure])
        accuracy = float(self.right[sure]) / rows if rows else None
        return CoveragePoint(share=rows / self.total, threshold=threshold, accuracy=accuracy)

    def curve(self) -> tuple[float, ...]:
        taken = np.linspace(0, self.total, CURVE_POINTS + 1)[1:]
        return tuple((np.interp(taken, self.rows, self.right) / taken).tolist())

    def _binned(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows right, and rows expected right, of 15 bins of equal counts (parts of a row where need be)."""
        edges = np.linspace(0, self.total, CALIBRATION_BINS + 1)
        right, expected = (np.diff(np.interp(edges, self.rows, sums)) for sums in (self.right, self.expected))
        return right, expected

    def calibration_error(self) -> float:
        right, expected = self._binned()
        return float(np.abs(right - expected).sum() / self.total)

    def reliability(self) -> tuple[ReliabilityBin, ...]:
        rows = self.total / CALIBRATION_BINS
        bins = zip(*(sums[::-1] / rows for sums in self._binned()), strict=True)
        return tuple(ReliabilityBin(confidence=float(sure), accuracy=float(right)) for right, sure in bins)
