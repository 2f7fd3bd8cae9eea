"""Rows that a model is evaluated on are never rows that it, or an earlier model, was trained on."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.data.dataset import Dataset
from labeler.experiment.data.split import later_rows, split_rows
from labeler.experiment.params import SplitRule

rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 12)), min_size=1, max_size=80)
shares = st.floats(0.05, 0.95)
RULE = SplitRule(later_share=0.3, unseen_share=0.4, seed=1)


def dataset_of(accounts: list[str], times: list[int], labels: list[int] | None = None) -> Dataset:
    names = sorted(set(accounts))
    info: Any = None
    return Dataset(
        info=info,
        matrix=np.zeros((len(times), 1), np.float32),
        label=np.array(labels or [number % 2 for number in range(len(times))], np.int32),
        categories=("a", "b"),
        account=np.array([names.index(name) for name in accounts], np.int32),
        accounts=tuple(names),
        time=np.array(times, np.int64),
    )


@given(rows, shares)
def test_later_rows_of_an_account_come_after_all_its_earlier_rows(rows: list[tuple[int, int]], share: float) -> None:
    account, time = (np.array(values) for values in zip(*rows, strict=True))

    is_later = later_rows(account, time, share)

    for one in set(account.tolist()):
        mine = account == one
        earlier, later = time[mine & ~is_later], time[mine & is_later]
        assert len(earlier), "nothing is left to train on"
        assert not len(later) or earlier.max() < later.min()
        assert len(later) <= share * mine.sum()


@given(rows, shares, st.randoms())
def test_later_rows_do_not_depend_on_row_order(rows: list[tuple[int, int]], share: float, random: Any) -> None:
    account, time = (np.array(values) for values in zip(*rows, strict=True))
    order = np.array(random.sample(range(len(rows)), len(rows)))

    assert np.array_equal(later_rows(account[order], time[order], share), later_rows(account, time, share)[order])


def test_later_share_is_exact_when_all_times_differ() -> None:
    is_later = later_rows(np.zeros(10, int), np.arange(10)[::-1], 0.3)

    assert is_later.tolist() == [True] * 3 + [False] * 7
    assert later_rows(np.zeros(0, int), np.zeros(0, int), 0.3).tolist() == []


def test_train_later_and_unseen_are_disjoint_and_cover_all_rows() -> None:
    accounts = [f"account {number % 50}" for number in range(2000)]
    dataset = dataset_of(accounts, list(range(2000)))

    split = split_rows(dataset, RULE)

    assert (split.train.astype(int) + split.later + split.unseen == 1).all()
    for part in (split.train, split.later):
        assert not set(dataset.account[part]) & set(dataset.account[split.unseen])
    assert set(dataset.account[split.later]) <= set(dataset.account[split.train])
    assert 0.2 < len(set(dataset.account[split.unseen])) / 50 < 0.6


@given(st.lists(st.integers(1, 30), min_size=10, max_size=20), st.integers(1, 30))
def test_rows_evaluated_after_new_rows_arrive_were_never_trained_on(sizes: list[int], more: int) -> None:
    before = [(f"account {number}", time) for number, size in enumerate(sizes) for time in range(size)]
    after = [
        (f"account {number}", time)
        for number, size in enumerate([*sizes, *sizes])  # as many new accounts
        for time in range(size + (more if number % 2 else 0))
    ]
    rule = SplitRule(later_share=0.3, unseen_share=0.3, seed=7)
    try:
        old, new = (split_rows(dataset_of(*map(list, zip(*rows, strict=True))), rule) for rows in (before, after))
    except InputInvalidError:
        return
    trained = {row for row, is_train in zip(before, old.train, strict=True) if is_train}
    evaluated = {row for row, is_train in zip(after, new.train, strict=True) if not is_train}

    assert not trained & evaluated


def test_data_without_training_or_later_rows_are_refused() -> None:
    nobody_unseen = SplitRule(later_share=0.3, unseen_share=0, seed=1)
    with pytest.raises(InputInvalidError, match="fewer than two categories"):
        split_rows(dataset_of(["a"] * 10, list(range(10)), [0] * 10), nobody_unseen)
    with pytest.raises(InputInvalidError, match="no later part"):
        split_rows(dataset_of(["a"] * 10, [1] * 10), nobody_unseen)
