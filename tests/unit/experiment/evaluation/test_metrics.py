"""Scores against formulas written differently, and against scikit-learn."""

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from labeler.experiment.evaluation.metrics import RowPredictions
from tests.unit.experiment.evaluation.predictions import CATEGORIES, few, predictions_and_ground_truth, score_of, scored


def f1_of(code: int, predicted: np.ndarray, ground_truth: np.ndarray) -> float:
    """By sets of rows."""
    is_predicted = {row for row, each in enumerate(predicted) if each == code}
    is_true = {row for row, each in enumerate(ground_truth) if each == code}
    return 2 * len(is_predicted & is_true) / (len(is_predicted) + len(is_true))


@few
@given(predictions_and_ground_truth())
def test_accuracy_f1_and_confusion_equal_those_counted_row_by_row(case: tuple[RowPredictions, np.ndarray]) -> None:
    predictions, ground_truth = case
    result = scored(predictions, ground_truth)
    pairs = Counter(zip(ground_truth.tolist(), predictions.predicted.tolist(), strict=True))
    f1 = {code: f1_of(code, predictions.predicted, ground_truth) for code in sorted(set(ground_truth.tolist()))}
    rows = Counter(ground_truth.tolist())

    assert result.rows == len(ground_truth)
    assert result.accuracy == pytest.approx(sum(n for (a, b), n in pairs.items() if a == b) / len(ground_truth))
    assert result.macro_f1 == pytest.approx(sum(f1.values()) / len(f1))
    assert result.weighted_f1 == pytest.approx(sum(f1[code] * rows[code] for code in f1) / len(ground_truth))
    assert result.confusion == tuple(tuple(pairs[a, b] for b in range(5)) for a in range(5))
    assert {name: (each.rows, each.f1) for name, each in result.categories.items()} == {
        CATEGORIES[code]: (rows[code], pytest.approx(value)) for code, value in f1.items()
    }


@few
@given(predictions_and_ground_truth())
def test_scores_equal_those_of_scikit_learn(case: tuple[RowPredictions, np.ndarray]) -> None:
    predictions, ground_truth = case
    result, occurring = scored(predictions, ground_truth), np.unique(ground_truth)
    options: dict[str, Any] = {"labels": occurring, "zero_division": 0}

    assert result.accuracy == pytest.approx(sklearn_metrics.accuracy_score(ground_truth, predictions.predicted))
    assert result.macro_f1 == pytest.approx(
        sklearn_metrics.f1_score(ground_truth, predictions.predicted, average="macro", **options)
    )
    assert result.weighted_f1 == pytest.approx(
        sklearn_metrics.f1_score(ground_truth, predictions.predicted, average="weighted", **options)
    )
    for measure, name in (
        (sklearn_metrics.precision_score, "precision"),
        (sklearn_metrics.recall_score, "recall"),
    ):
        expected = measure(ground_truth, predictions.predicted, average=None, **options)
        assert [getattr(each, name) for each in result.categories.values()] == pytest.approx(expected.tolist())


def test_a_category_predicted_but_never_true_is_left_out_of_the_average() -> None:
    result = score_of([0, 0, 4, 1], [0.5] * 4, [0, 0, 0, 1])

    assert list(result.categories) == ["A", "B"]
    assert result.macro_f1 == pytest.approx((0.8 + 1) / 2)


def test_log_loss_equals_scikit_learn_s_for_probabilities_above_zero() -> None:
    draw = np.random.default_rng(1)
    probability, ground_truth = draw.dirichlet(np.ones(5), 200), draw.integers(0, 5, 200).astype(np.int32)
    predictions = RowPredictions.of(probability, CATEGORIES, ground_truth, CATEGORIES)

    assert scored(predictions, ground_truth).log_loss == pytest.approx(
        sklearn_metrics.log_loss(ground_truth, probability, labels=range(5))
    )


def test_a_category_unknown_to_the_model_counts_with_the_least_probability() -> None:
    probability, ground_truth = np.array([[0.25, 0.75], [0.5, 0.5], [1.0, 0.0]]), np.array([3, 1, 1], np.int32)
    predictions = RowPredictions.of(probability, ("B", "D"), ground_truth, CATEGORIES)
    unknown = RowPredictions.of(probability, ("A", "B"), ground_truth, CATEGORIES)

    assert predictions.predicted.tolist() == [3, 1, 1]
    assert (predictions.unknown_rows, unknown.unknown_rows) == (0, 1)
    assert scored(predictions, ground_truth).log_loss == pytest.approx(
        -(math.log(0.75) + math.log(0.5) + math.log(1)) / 3
    )
    result = scored(unknown, ground_truth)
    assert result.unknown_rows == 1
    assert result.log_loss == pytest.approx(-(math.log(1e-7) + math.log(0.5) + math.log(1e-7)) / 3)


@few
@given(predictions_and_ground_truth(), st.randoms(use_true_random=False))
def test_scores_do_not_depend_on_the_order_of_the_rows(case: tuple[RowPredictions, np.ndarray], shuffler: Any) -> None:
    predictions, ground_truth = case
    order = list(range(len(ground_truth)))
    shuffler.shuffle(order)
    other = RowPredictions(
        predictions.predicted[order], predictions.confidence[order], predictions.ground_truth_probability[order], 0
    )
    first, second = scored(predictions, ground_truth), scored(other, ground_truth[order])

    same = first.model_dump(exclude={"log_loss"})
    assert same == second.model_dump(exclude={"log_loss"})
    assert first.log_loss == pytest.approx(second.log_loss)


def test_an_account_with_several_rows_is_counted_once() -> None:
    predictions = RowPredictions(np.zeros(4, np.int32), np.ones(4, np.float32), np.ones(4), 0)

    assert scored(predictions, np.zeros(4, np.int32), [7, 2, 7, 7]).accounts == 2
