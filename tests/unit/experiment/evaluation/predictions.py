"""Predictions of some model for some rows, and their scores."""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labeler.experiment.evaluation.metrics import RowPredictions, score
from labeler.experiment.params import EvaluationRule
from labeler.experiment.scores import Score

CATEGORIES = ("A", "B", "C", "D", "E")
SHARES = (0.1, 0.3, 0.5, 1.0)
THRESHOLDS = (0.2, 0.5, 0.7)
RULE = EvaluationRule(
    coverage_shares=SHARES, confidence_thresholds=THRESHOLDS, bootstrap_samples=100, confidence_level=0.95, seed=1
)
few = settings(max_examples=40)  # scikit-learn takes milliseconds for each


@st.composite
def predictions_and_ground_truth(draw: st.DrawFn) -> tuple[RowPredictions, np.ndarray]:
    """What some model predicts for some rows, with many rows of one confidence; and the ground truth."""
    n = draw(st.integers(1, 60))
    codes = hnp.arrays(np.int32, n, elements=st.integers(0, len(CATEGORIES) - 1))
    predicted, ground_truth = draw(codes), draw(codes)
    confidence = draw(hnp.arrays(np.float32, n, elements=st.sampled_from([0.0, 0.25, 0.5, 0.625, 0.75, 1.0])))
    true_probability = np.where(predicted == ground_truth, confidence, np.minimum(confidence, 1 - confidence)).astype(
        np.float64
    )
    return RowPredictions(predicted, confidence, true_probability, 0), ground_truth


def scored(predictions: RowPredictions, ground_truth: np.ndarray, account: Any = None) -> Score:
    accounts = np.zeros(len(ground_truth), np.int32) if account is None else np.asarray(account, np.int32)
    return score(predictions, ground_truth, accounts, categories=CATEGORIES, rule=RULE)


def score_of(predicted: list[int], confidence: list[float], ground_truth: list[int]) -> Score:
    columns = np.array(predicted, np.int32), np.array(confidence, np.float32), np.ones(len(predicted))
    return scored(RowPredictions(*columns, unknown_rows=0), np.array(ground_truth, np.int32))
