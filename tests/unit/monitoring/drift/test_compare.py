"""Distances of columns, as Evidently computes them: also of columns that changed their nature."""

import math
from datetime import UTC, datetime

import numpy as np
import pytest

from labeler.errors import ContractMismatchError
from labeler.models.sample import sample_table
from labeler.monitoring.drift.columns import CATEGORIES, NUMERIC
from labeler.monitoring.drift.compare import Comparison, compare
from labeler.monitoring.drift.samples import Sample
from labeler.monitoring.thresholds import Thresholds

ROWS = 2_000
NOTHING_IN_COMMON = math.sqrt(math.log(2))
"""Jensen-Shannon's distance to base e, which Evidently's is."""


def sample(*columns: np.ndarray, names: tuple[str, ...] = ("amount",)) -> Sample:
    label = np.arange(ROWS, dtype=np.int32) % 2
    confidence = np.linspace(0.2, 0.9, ROWS, dtype=np.float32)
    matrix = np.column_stack(columns).astype(np.float32)
    return Sample(
        sample_table(names, ("a", "b"), matrix=matrix, label=label, confidence=confidence, weight=np.ones(ROWS))
    )


def compared(today: Sample, reference: Sample) -> Comparison:
    return compare(
        today,
        reference,
        thresholds=Thresholds(),
        categorical=frozenset({"code"}),
        name="a run",
        at=datetime(2026, 3, 1, tzinfo=UTC),
        metadata={},
    )


def spread(low: float, high: float) -> np.ndarray:
    return np.linspace(low, high, ROWS)


def test_identical_samples_have_distance_zero() -> None:
    comparison = compared(sample(spread(0, 9)), sample(spread(0, 9)))
    assert {column.name: column.method for column in comparison.columns}["amount"] == NUMERIC
    assert comparison.scores == pytest.approx(dict.fromkeys(comparison.scores, 0.0), abs=1e-9)
    assert len(comparison.scores) == 3


def test_a_constant_column_that_starts_to_vary_has_drifted() -> None:
    """A share that was 0 in every row of the reference, say."""
    comparison = compared(sample(spread(0, 0.9)), sample(np.zeros(ROWS)))
    assert comparison.columns[0].method == CATEGORIES
    assert comparison.scores["amount"] > 0.8


@pytest.mark.parametrize("nothing", [np.nan, np.inf])
def test_a_column_of_only_nan_or_infinity_has_the_maximum_distance_to_one_with_numbers(nothing: float) -> None:
    empty, full = sample(np.full(ROWS, nothing)), sample(spread(0, 1))
    assert compared(empty, full).scores["amount"] == pytest.approx(NOTHING_IN_COMMON)
    assert compared(full, empty).scores["amount"] == pytest.approx(NOTHING_IN_COMMON)
    assert compared(empty, empty).scores["amount"] == 0


def test_a_few_nan_and_infinite_values_do_not_change_a_column_s_distance() -> None:
    today = spread(0, 1)
    today[:5] = np.nan
    today[5:10] = np.inf
    comparison = compared(sample(today), sample(spread(0, 1)))
    assert 0 <= comparison.scores["amount"] < 0.05


def test_comparison_is_refused_when_feature_names_differ() -> None:
    with pytest.raises(ContractMismatchError, match="the run's features are not those of the reference"):
        compared(sample(spread(0, 1)), sample(spread(0, 1), names=("age",)))
