"""Intervals hold what they promise, also for few accounts."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import f1_score

from labeler.experiment.evaluation import intervals
from labeler.experiment.evaluation.intervals import Resamples, account_counts, compare, resample

SIMULATIONS = 300
ROWS_EACH = 40
HABITS = np.array([[0.6, 0.25, 0.15], [0.2, 0.5, 0.3], [0.1, 0.2, 0.7]])


def world(draw: np.random.Generator, accounts: int) -> tuple[np.ndarray, np.ndarray]:
    """(accounts, 3, 3) counts of two models on the same rows.

    Each account has categories of its own, and each model is better for some accounts than for others.
    """
    account = np.repeat(np.arange(accounts), ROWS_EACH)
    habit = HABITS[draw.integers(0, 3, accounts)].cumsum(axis=1)
    ground_truth = (draw.random(len(account))[:, None] > habit[account]).sum(axis=1)
    models = []
    for skill in (0.6, 0.5):
        right = np.clip(draw.normal(skill, 0.15, accounts), 0, 1)[account]
        predicted = np.where(draw.random(len(account)) < right, ground_truth, draw.integers(0, 3, len(account)))
        models.append(account_counts(predicted, ground_truth, account, 3))
    return models[0], models[1]


def resampled(counts: np.ndarray, *, samples: int = 200, seed: int = 1) -> Resamples:
    return resample(counts, samples=samples, seed=seed)


@pytest.mark.parametrize("accounts", [2, 8, 13, 19])
def test_95_percent_of_the_intervals_contain_the_true_difference(accounts: int) -> None:
    better, worse = (resampled(counts, samples=1) for counts in world(np.random.default_rng(0), 20_000))
    true_differences = better.accuracy - worse.accuracy, better.macro_f1 - worse.macro_f1
    draw = np.random.default_rng(accounts)
    holding = np.zeros(2)
    for _ in range(SIMULATIONS):
        first, second = (resampled(counts) for counts in world(draw, accounts))
        comparison = compare(first, second, level=0.95)
        both = comparison.accuracy, comparison.macro_f1
        holding += [one.low <= true <= one.high for one, true in zip(both, true_differences, strict=True)]

    assert (holding / SIMULATIONS > 0.91).all(), holding / SIMULATIONS
    assert holding[0] / SIMULATIONS < 0.99, holding / SIMULATIONS


def test_a_lower_confidence_level_gives_a_narrower_interval_around_the_same_difference() -> None:
    first, second = (resampled(counts) for counts in world(np.random.default_rng(1), 12))
    wide, narrow = (compare(first, second, level=level).accuracy for level in (0.95, 0.5))

    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high
    assert wide.difference == narrow.difference == first.accuracy - second.accuracy
    assert wide.high - wide.difference == pytest.approx(wide.difference - wide.low)


@given(st.integers(2, 19), st.integers(0, 99))
def test_the_interval_between_a_model_and_itself_is_exactly_zero(accounts: int, seed: int) -> None:
    counts, _ = world(np.random.default_rng(seed), accounts)
    comparison = compare(resampled(counts, seed=seed), resampled(counts.copy(), seed=seed), level=0.95)

    for each in (comparison.accuracy, comparison.macro_f1):
        assert (each.difference, each.low, each.high) == (0, 0, 0)


def test_the_interval_of_a_single_account_is_as_wide_as_possible() -> None:
    first, second = (resampled(counts) for counts in world(np.random.default_rng(1), 1))
    comparison = compare(first, second, level=0.95)

    for each in (comparison.accuracy, comparison.macro_f1):
        assert (each.low, each.high) == (-1, 1)
    assert comparison.accuracy.difference == first.accuracy - second.accuracy


def test_the_same_seed_gives_the_same_interval_and_another_seed_another_one() -> None:
    first, second = world(np.random.default_rng(1), 12)
    results = [
        compare(resampled(first, seed=seed), resampled(second, seed=seed), level=0.95).accuracy for seed in (1, 1, 2)
    ]

    assert results[0] == results[1]
    assert results[0].difference == results[2].difference
    assert results[0].low != results[2].low


def test_models_are_resampled_on_the_same_accounts_so_that_differences_are_paired() -> None:
    """What is alike in both cancels out: else the interval would be as wide as both models' together."""
    counts, _ = world(np.random.default_rng(1), 12)
    little = counts.copy()
    little[0, 0, :] = np.floor(little[0, 0, :] * 0.9)
    base = resampled(counts)

    paired, apart = (compare(base, resampled(little, seed=seed), level=0.95).accuracy for seed in (1, 2))

    assert paired.high - paired.low < (apart.high - apart.low) / 5


def test_an_interval_stays_between_minus_one_and_one() -> None:
    ground_truth, account = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    first, second = np.array([0, 1, 1, 0]), np.array([1, 0, 0, 1])
    comparison = compare(
        *(resampled(account_counts(predicted, ground_truth, account, 2)) for predicted in (first, second)), level=0.95
    )

    assert (comparison.accuracy.low, comparison.accuracy.high) == (-1, 1)


def test_resampling_in_chunks_gives_all_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world(np.random.default_rng(1), 10)
    monkeypatch.setattr(intervals, "CHUNK_DRAWS", 70)

    resamples = [resampled(counts, samples=100) for counts in (first, second)]

    assert [each.accuracies.shape for each in resamples] == [(100,), (100,)]
    assert len(np.unique(resamples[0].macro_f1s)) > 90
    assert compare(resamples[0], resamples[0], level=0.95).accuracy.high == 0
    assert compare(*resamples, level=0.95).accuracy.high > compare(*resamples, level=0.95).accuracy.low


columns = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(hnp.arrays(np.int32, n, elements=st.integers(0, high)) for high in (3, 3, 5)))
)


@given(columns)
def test_account_counts_and_scores_equal_those_counted_row_by_row(
    drawn_columns: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    predicted, ground_truth, account = drawn_columns
    counts = account_counts(predicted, ground_truth, account, 4)
    rows = list(zip(predicted.tolist(), ground_truth.tolist(), account.tolist(), strict=True))
    right = Counter((a, t) for s, t, a in rows if s == t)
    predicted_rows, true_rows = Counter((a, s) for s, _, a in rows), Counter((a, t) for _, t, a in rows)

    expected = [
        [[cell[a, code] for code in range(4)] for cell in (right, predicted_rows, true_rows)]
        for a in sorted(set(account.tolist()))
    ]
    assert counts.tolist() == expected
    resamples = resampled(counts, samples=5)
    assert resamples.accounts == len(expected)
    assert resamples.accuracy == pytest.approx((predicted == ground_truth).mean())
    macro = f1_score(ground_truth, predicted, labels=np.unique(ground_truth), average="macro", zero_division=0)
    assert resamples.macro_f1 == pytest.approx(macro)
