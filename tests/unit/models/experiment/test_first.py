"""A model is judged on later rows than it has seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import InputInvalid
from labeler.models.train import later_rows, train_champion
from labeler.task import RawFile
from labeler.transactions import task

rows = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), min_size=1, max_size=60)


@given(rows)
def test_in_every_file_each_later_row_is_after_each_earlier_one(rows: list[tuple[int, int]]) -> None:
    file_index, time = (np.array(values) for values in zip(*rows, strict=True))

    is_later = later_rows(file_index, time)

    for file in set(file_index.tolist()):
        mine = file_index == file
        earlier, later = time[mine & ~is_later], time[mine & is_later]
        assert len(earlier), "nothing is left to learn from"
        assert not len(later) or earlier.max() < later.min()
        assert len(later) <= 0.3 * mine.sum() + 1


def test_the_last_third_of_distinct_times_is_later() -> None:
    is_later = later_rows(np.zeros(10, int), np.arange(10)[::-1])

    assert is_later.tolist() == [True] * 2 + [False] * 8


def test_too_few_labeled_rows_are_said_and_not_trained_on() -> None:
    with pytest.raises(InputInvalid, match="0 labeled rows in 1 files"):
        train_champion(
            [RawFile("a.csv", b"")],
            task=task,
            reference=None,
            registry_uri="never asked",
            model_name="m",
            progress=lambda _: None,
        )
