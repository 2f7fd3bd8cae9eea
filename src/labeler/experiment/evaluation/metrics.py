"""How good a model's predictions are: every score of one model on one set of rows (pure)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labeler.experiment.evaluation.confidence_curve import ConfidenceCurve
from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import CategoryScore, Score

LEAST_PROBABILITY = 1e-7
"""What a true category counts for in the log loss at least, also one that the model does not know. Forests give true
categories a probability of exactly 0; float32, in which workers write confidences, tells nothing closer to 1."""


@dataclass(frozen=True, slots=True)
class RowPredictions:
    """What a model predicts of n rows, as far as it is evaluated. Codes index the evaluation's categories."""

    predicted: np.ndarray
    """int32 (n,): the label"""
    confidence: np.ndarray
    """float32 (n,): as a worker writes it"""
    ground_truth_probability: np.ndarray
    """float64 (n,): probability of the true category; 0 when the model does not know it"""
    unknown_rows: int

    @classmethod
    def of(
        cls, probability: np.ndarray, classes: Sequence[str], ground_truth: np.ndarray, categories: Sequence[str]
    ) -> "RowPredictions":
        """`probability` (n, classes); `ground_truth` int32 (n,) into `categories`, which hold all `classes`.

        Ties go to the class that comes first, as in the worker.
        """
        position = {category: index for index, category in enumerate(categories)}
        codes = np.array([position[name] for name in classes], np.int32)
        column_of = np.full(len(categories), -1, np.int32)
        column_of[codes] = np.arange(len(classes))
        row, first, column = np.arange(len(ground_truth)), probability.argmax(axis=1), column_of[ground_truth]
        true_probability = np.where(column >= 0, probability[row, column], 0.0).astype(np.float64)
        confidence = probability[row, first].astype(np.float32)
        return cls(codes[first], confidence, true_probability, int((column < 0).sum()))

    @classmethod
    def joined(cls, parts: Sequence["RowPredictions"]) -> "RowPredictions":
        """Of rows that follow one another."""
        return cls(
            np.concatenate([part.predicted for part in parts]),
            np.concatenate([part.confidence for part in parts]),
            np.concatenate([part.ground_truth_probability for part in parts]),
            sum(part.unknown_rows for part in parts),
        )


def score(
    predictions: RowPredictions,
    ground_truth: np.ndarray,
    account: np.ndarray,
    *,
    categories: Sequence[str],
    rule: EvaluationRule,
) -> Score:
    """`ground_truth` int32 (n,) into `categories`; `account` int32 (n,); at least one row.

    Averages of F1 are over the categories that occur in these rows; one that a model never predicts has an F1 of 0.
    """
    from sklearn.metrics import confusion_matrix

    table = category_table(predictions.predicted, ground_truth, categories)
    confusion = confusion_matrix(ground_truth, predictions.predicted, labels=np.arange(len(categories)))
    is_right = predictions.predicted == ground_truth
    curve = ConfidenceCurve.of(predictions.confidence, is_right)
    f1 = np.array([each.f1 for each in table.values()])
    return Score(
        rows=len(ground_truth),
        accounts=len(np.unique(account)),
        unknown_rows=predictions.unknown_rows,
        accuracy=float(np.mean(is_right)),
        macro_f1=float(f1.mean()),
        weighted_f1=float(np.average(f1, weights=[each.rows for each in table.values()])),
        log_loss=float(-np.log(np.maximum(predictions.ground_truth_probability, LEAST_PROBABILITY)).mean()),
        calibration_error=curve.calibration_error(),
        by_share=tuple(curve.at_share(share) for share in rule.coverage_shares),
        by_threshold=tuple(curve.at_threshold(threshold) for threshold in rule.confidence_thresholds),
        coverage_curve=curve.accuracies(),
        reliability=curve.reliability(),
        categories=dict(table),
        confusion=tuple(map(tuple, confusion.tolist())),
    )


def category_table(
    predicted: np.ndarray, ground_truth: np.ndarray, categories: Sequence[str]
) -> Mapping[str, CategoryScore]:
    """Of the categories that occur, in their order."""
    from sklearn.metrics import precision_recall_fscore_support

    occurring = np.unique(ground_truth)
    columns = precision_recall_fscore_support(ground_truth, predicted, labels=occurring, average=None, zero_division=0)
    return {
        categories[code]: CategoryScore(rows=int(rows), precision=float(precision), recall=float(recall), f1=float(f1))
        for code, precision, recall, f1, rows in zip(occurring, *columns, strict=True)
    }
