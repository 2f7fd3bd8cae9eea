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
    truth = (draw.random(len(account))[:, None] > habit[account]).sum(axis=1)
    found = []
    for skill in (0.6, 0.5):
        right = np.clip(draw.normal(skill, 0.15, accounts), 0, 1)[account]
        said = np.where(draw.random(len(account)) < right, truth, draw.integers(0, 3, len(account)))
        found.append(account_counts(said, truth, account, 3))
    return found[0], found[1]


def resampled(counts: np.ndarray, *, samples: int = 200, seed: int = 1) -> Resamples:
    return resample(counts, samples=samples, seed=seed)


@pytest.mark.parametrize("accounts", [2, 8, 13, 19])
def test_nineteen_of_twenty_intervals_hold_the_true_difference(accounts: int) -> None:
    better, worse = (resampled(counts, samples=1) for counts in world(np.random.default_rng(0), 20_000))
    truth = better.accuracy - worse.accuracy, better.macro_f1 - worse.macro_f1
    draw = np.random.default_rng(accounts)
    holding = np.zeros(2)
    for _ in range(SIMULATIONS):
        first, second = (resampled(counts) for counts in world(draw, accounts))
        found = compare(first, second, level=0.95)
        each = found.accuracy, found.macro_f1
        holding += [one.low <= wanted <= one.high for one, wanted in zip(each, truth, strict=True)]

    assert (holding / SIMULATIONS > 0.91).all(), holding / SIMULATIONS
    assert holding[0] / SIMULATIONS < 0.99, holding / SIMULATIONS


def test_a_lower_level_gives_a_narrower_interval_around_the_same_difference() -> None:
    first, second = (resampled(counts) for counts in world(np.random.default_rng(1), 12))
    wide, narrow = (compare(first, second, level=level).accuracy for level in (0.95, 0.5))

    assert wide.low < narrow.low < narrow.difference < narrow.high < wide.high
    assert wide.difference == narrow.difference == first.accuracy - second.accuracy
    assert wide.high - wide.difference == pytest.approx(wide.difference - wide.low)


@given(st.integers(2, 19), st.integers(0, 99))
def test_a_model_differs_from_itself_by_exactly_nothing(accounts: int, seed: int) -> None:
    counts, _ = world(np.random.default_rng(seed), accounts)
    found = compare(resampled(counts, seed=seed), resampled(counts.copy(), seed=seed), level=0.95)

    for each in (found.accuracy, found.macro_f1):
        assert (each.difference, each.low, each.high) == (0, 0, 0)


def test_one_account_tells_nothing_of_others() -> None:
    first, second = (resampled(counts) for counts in world(np.random.default_rng(1), 1))
    found = compare(first, second, level=0.95)

    for each in (found.accuracy, found.macro_f1):
        assert (each.low, each.high) == (-1, 1)
    assert found.accuracy.difference == first.accuracy - second.accuracy


def test_the_same_seed_gives_the_same_interval_and_another_one_another() -> None:
    first, second = world(np.random.default_rng(1), 12)
    found = [
        compare(resampled(first, seed=seed), resampled(second, seed=seed), level=0.95).accuracy for seed in (1, 1, 2)
    ]

    assert found[0] == found[1]
    assert found[0].difference == found[2].difference
    assert found[0].low != found[2].low


def test_every_model_is_asked_of_the_same_accounts() -> None:
    """What is alike in both cancels out: else the interval would be as wide as both models' together."""
    counts, _ = world(np.random.default_rng(1), 12)
    little = counts.copy()
    little[0, 0, :] = np.floor(little[0, 0, :] * 0.9)
    base = resampled(counts)

    paired, apart = (compare(base, resampled(little, seed=seed), level=0.95).accuracy for seed in (1, 2))

    assert paired.high - paired.low < (apart.high - apart.low) / 5


def test_an_interval_stays_within_what_shares_can_differ_by() -> None:
    truth, account = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    first, second = np.array([0, 1, 1, 0]), np.array([1, 0, 0, 1])
    found = compare(*(resampled(account_counts(said, truth, account, 2)) for said in (first, second)), level=0.95)

    assert (found.accuracy.low, found.accuracy.high) == (-1, 1)


def test_samples_are_drawn_in_chunks_that_bound_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = world(np.random.default_rng(1), 10)
    monkeypatch.setattr(intervals, "CHUNK_DRAWS", 70)

    found = [resampled(counts, samples=100) for counts in (first, second)]

    assert [each.accuracies.shape for each in found] == [(100,), (100,)]
    assert len(np.unique(found[0].macro_f1s)) > 90
    assert compare(found[0], found[0], level=0.95).accuracy.high == 0
    assert compare(*found, level=0.95).accuracy.high > compare(*found, level=0.95).accuracy.low


columns = st.integers(1, 40).flatmap(
    lambda n: st.tuples(*(hnp.arrays(np.int32, n, elements=st.integers(0, high)) for high in (3, 3, 5)))
)


@given(columns)
def test_counts_and_scores_are_those_of_counting_rows(given_columns: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    said, truth, account = given_columns
    counts = account_counts(said, truth, account, 4)
    rows = list(zip(said.tolist(), truth.tolist(), account.tolist(), strict=True))
    right = Counter((a, t) for s, t, a in rows if s == t)
    told, true = Counter((a, s) for s, _, a in rows), Counter((a, t) for _, t, a in rows)

    wanted = [
        [[cell[a, code] for code in range(4)] for cell in (right, told, true)] for a in sorted(set(account.tolist()))
    ]
    assert counts.tolist() == wanted
    found = resampled(counts, samples=5)
    assert found.accounts == len(wanted)
    assert found.accuracy == pytest.approx((said == truth).mean())
    macro = f1_score(truth, said, labels=np.unique(truth), average="macro", zero_division=0)
    assert found.macro_f1 == pytest.approx(macro)
