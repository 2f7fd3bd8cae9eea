"""The rows that every model is judged on, and how it does on them: each row's probabilities are computed once."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.split import Split
from labeler.experiment.evaluation.intervals import Resamples, account_counts, compare, resample
from labeler.experiment.evaluation.metrics import Answers, score
from labeler.experiment.evaluation.speed import BLOCK_ROWS
from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import Score, SplitScore


class Rows(NamedTuple):
    """n rows of one split."""

    matrix: np.ndarray  # float32 (n, features)
    truth: np.ndarray  # int32 (n,) into the categories of all
    account: np.ndarray  # int32 (n,)


class Result(NamedTuple):
    score: Score
    resamples: Resamples


class Results(NamedTuple):
    """Of one model."""

    later: Result
    unseen: Result | None


class JudgedRows:
    """`categories` hold those of the data set and of every model, sorted."""

    def __init__(self, dataset: Dataset, split: Split, categories: Sequence[str], rule: EvaluationRule) -> None:
        self.categories = tuple(categories)
        self.rule = rule
        position = {category: index for index, category in enumerate(categories)}
        truth = np.array([position[category] for category in dataset.categories], np.int32)[dataset.label]

        def rows(is_in: np.ndarray) -> Rows:
            return Rows(dataset.matrix[is_in], truth[is_in], dataset.account[is_in])

        self.later = rows(split.later)
        self.rows_train = int(split.train.sum())
        self.unseen = rows(split.unseen) if split.unseen.any() else None
        known, counts = np.unique(truth[split.train], return_counts=True)
        self.majority_category = self.categories[known[counts.argmax()]]
        self.majority = self.results(_Majority(counts / counts.sum()), [self.categories[code] for code in known])

    def results(self, classifier: Any, classes: Sequence[str]) -> Results:
        """`classifier` has `predict_proba`; `classes` name its columns."""
        return Results(
            self._result(classifier, classes, self.later),
            self._result(classifier, classes, self.unseen) if self.unseen else None,
        )

    def _result(self, classifier: Any, classes: Sequence[str], rows: Rows) -> Result:
        answers = answer(classifier, classes, rows, self.categories)
        counts = account_counts(answers.said, rows.truth, rows.account, len(self.categories))
        return Result(
            score(answers, rows.truth, rows.account, categories=self.categories, rule=self.rule),
            resample(counts, samples=self.rule.bootstrap_samples, seed=self.rule.seed),
        )

    def split_scores(self, mine: Results, champion: Results | None) -> tuple[SplitScore, SplitScore | None]:
        """(later, unseen): beside the majority baseline and the champion."""
        later = self._against(mine.later, self.majority.later, champion.later if champion else None)
        if mine.unseen is None or self.majority.unseen is None:
            return later, None
        return later, self._against(mine.unseen, self.majority.unseen, champion.unseen if champion else None)

    def _against(self, mine: Result, majority: Result, champion: Result | None) -> SplitScore:
        level = self.rule.confidence_level
        return SplitScore(
            score=mine.score,
            against_majority=compare(mine.resamples, majority.resamples, level=level),
            against_champion=compare(mine.resamples, champion.resamples, level=level) if champion else None,
        )


def answer(classifier: Any, classes: Sequence[str], rows: Rows, categories: Sequence[str]) -> Answers:
    """In the worker's blocks; labels and confidences are those that `models.predict.predict` gives."""
    parts = []
    for start in range(0, len(rows.truth), BLOCK_ROWS):
        block = slice(start, start + BLOCK_ROWS)
        probability = np.asarray(classifier.predict_proba(rows.matrix[block]))
        parts.append(Answers.of(probability, classes, rows.truth[block], categories))
    return Answers.joined(parts)


class _Majority:
    """Always says the most frequent category of the training rows, as sure as it was frequent there."""

    def __init__(self, shares: np.ndarray) -> None:
        self._shares = shares  # float64 (classes,)

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        return np.broadcast_to(self._shares, (len(matrix), len(self._shares)))
