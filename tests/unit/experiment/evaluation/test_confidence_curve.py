"""Coverage, thresholds and calibration against formulas written differently."""

import math

import numpy as np
import pytest
from hypothesis import given

from labeler.experiment.evaluation.confidence_curve import CALIBRATION_BINS
from labeler.experiment.evaluation.metrics import RowPredictions
from tests.unit.experiment.evaluation.predictions import few, predictions_and_ground_truth, score_of, scored


@few
@given(predictions_and_ground_truth())
def test_rows_of_equal_confidence_count_in_equal_parts_among_the_most_confident(
    case: tuple[RowPredictions, np.ndarray],
) -> None:
    predictions, ground_truth = case
    rows = list(zip(predictions.confidence.tolist(), (predictions.predicted == ground_truth).tolist(), strict=True))

    for point in scored(predictions, ground_truth).by_share:
        taken = math.ceil(point.share * len(rows) - 1e-9)
        bound = sorted((confidence for confidence, _ in rows), reverse=True)[taken - 1]
        above, equal = (
            [right for confidence, right in rows if confidence > bound],
            [right for confidence, right in rows if confidence == bound],
        )
        right = sum(above) + (taken - len(above)) * sum(equal) / len(equal)
        assert (point.threshold, point.accuracy) == (bound, pytest.approx(right / taken))


@few
@given(predictions_and_ground_truth())
def test_accuracy_at_a_threshold_is_that_of_rows_with_at_least_that_confidence(
    case: tuple[RowPredictions, np.ndarray],
) -> None:
    predictions, ground_truth = case
    for point in scored(predictions, ground_truth).by_threshold:
        is_above = predictions.confidence >= np.float32(point.threshold)
        assert point.share == pytest.approx(is_above.mean())
        assert point.accuracy == (
            pytest.approx((predictions.predicted == ground_truth)[is_above].mean()) if is_above.any() else None
        )  # fmt: skip


def test_calibration_error_is_the_mean_gap_over_fifteen_bins_of_equal_counts() -> None:
    draw = np.random.default_rng(3)
    confidence = draw.permutation(np.linspace(0.1, 0.99, 300)).astype(np.float32)
    is_right = draw.random(300) < confidence**2
    order = np.argsort(confidence)
    gaps = [abs(is_right[some].mean() - confidence[some].astype(float).mean()) for some in np.array_split(order, 15)]

    result = score_of([0] * 300, confidence.tolist(), np.where(is_right, 0, 1).tolist())

    assert result.calibration_error == pytest.approx(sum(gaps) / 15)
    assert [each.confidence for each in result.reliability] == sorted(each.confidence for each in result.reliability)
    assert [abs(each.confidence - each.accuracy) for each in result.reliability] == pytest.approx(gaps)


@few
@given(predictions_and_ground_truth())
def test_the_curves_cover_all_rows(case: tuple[RowPredictions, np.ndarray]) -> None:
    predictions, ground_truth = case
    result = scored(predictions, ground_truth)

    assert result.by_share[-1].accuracy == pytest.approx(result.accuracy)
    assert result.coverage_curve[-1] == pytest.approx(result.accuracy)
    assert len(result.reliability) == CALIBRATION_BINS
    assert np.mean([each.accuracy for each in result.reliability]) == pytest.approx(result.accuracy)
    assert np.mean([each.confidence for each in result.reliability]) == pytest.approx(
        float(predictions.confidence.mean())
    )
    assert 0 <= result.calibration_error <= 1


def test_calibration_error_of_a_constant_confidence_is_its_distance_from_the_accuracy() -> None:
    result = score_of([0, 0, 0, 0], [0.5] * 4, [0, 0, 0, 1])

    assert result.calibration_error == pytest.approx(0.25)
