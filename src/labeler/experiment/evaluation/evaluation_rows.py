"""The held-out rows that every model is evaluated on, and its results there: probabilities are computed once a row."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.split import Split
from labeler.experiment.evaluation.intervals import Resamples, account_counts, compare, resample
from labeler.experiment.evaluation.metrics import RowPredictions, score
from labeler.experiment.evaluation.speed import BLOCK_ROWS
from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import Score, SplitScore


class Rows(NamedTuple):
    """n rows of one split."""

    matrix: np.ndarray  # float32 (n, features)
    ground_truth: np.ndarray  # int32 (n,) into the categories of all
    account: np.ndarray  # int32 (n,)


class SplitResult(NamedTuple):
    score: Score
    resamples: Resamples


class ModelResult(NamedTuple):
    later: SplitResult
    unseen: SplitResult | None


class EvaluationRows:
    """`categories` hold those of the data set and of every model, sorted."""

    def __init__(self, dataset: Dataset, split: Split, categories: Sequence[str], rule: EvaluationRule) -> None:
        self.categories = tuple(categories)
        self.rule = rule
        position = {category: index for index, category in enumerate(categories)}
        ground_truth = np.array([position[category] for category in dataset.categories], np.int32)[dataset.label]

        def rows(is_in: np.ndarray) -> Rows:
            return Rows(dataset.matrix[is_in], ground_truth[is_in], dataset.account[is_in])

        self.later = rows(split.later)
        self.rows_train = int(split.train.sum())
        self.unseen = rows(split.unseen) if split.unseen.any() else None
        known, counts = np.unique(ground_truth[split.train], return_counts=True)
        self.majority_category = self.categories[known[counts.argmax()]]
        self.majority = self.result(
            _MajorityClassifier(counts / counts.sum()), [self.categories[code] for code in known]
        )

    def result(self, classifier: Any, classes: Sequence[str]) -> ModelResult:
        """`classifier` has `predict_proba`; `classes` name its columns."""
        return ModelResult(
            self._split_result(classifier, classes, self.later),
            self._split_result(classifier, classes, self.unseen) if self.unseen else None,
        )

    def _split_result(self, classifier: Any, classes: Sequence[str], rows: Rows) -> SplitResult:
        predictions = predict_rows(classifier, classes, rows, self.categories)
        counts = account_counts(predictions.predicted, rows.ground_truth, rows.account, len(self.categories))
        return SplitResult(
            score(predictions, rows.ground_truth, rows.account, categories=self.categories, rule=self.rule),
            resample(counts, samples=self.rule.bootstrap_samples, seed=self.rule.seed),
        )

    def split_scores(self, model: ModelResult, champion: ModelResult | None) -> tuple[SplitScore, SplitScore | None]:
        """(later, unseen): beside the majority baseline and the champion."""
        later = self._compared(model.later, self.majority.later, champion.later if champion else None)
        if model.unseen is None or self.majority.unseen is None:
            return later, None
        return later, self._compared(model.unseen, self.majority.unseen, champion.unseen if champion else None)

    def _compared(self, model: SplitResult, majority: SplitResult, champion: SplitResult | None) -> SplitScore:
        level = self.rule.confidence_level
        return SplitScore(
            score=model.score,
            against_majority=compare(model.resamples, majority.resamples, level=level),
            against_champion=compare(model.resamples, champion.resamples, level=level) if champion else None,
        )


def predict_rows(classifier: Any, classes: Sequence[str], rows: Rows, categories: Sequence[str]) -> RowPredictions:
    """In the worker's blocks; labels and confidences are those that `models.predict.predict` gives."""
    parts = []
    for start in range(0, len(rows.ground_truth), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        probability = np.asarray(classifier.predict_proba(rows.matrix[block]))
        parts.append(RowPredictions.of(probability, classes, rows.ground_truth[block], categories))
    return RowPredictions.joined(parts)


class _MajorityClassifier:
    """Always predicts the most frequent category of the training rows; its confidence is that category's share."""

    def __init__(self, shares: np.ndarray) -> None:
        self._shares = shares  # float64 (classes,)

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self._shares, (len(matrix), len(self._shares)))
