"""What a row costs, by a clock that only models move."""

import statistics
from collections.abc import Iterable, Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from labeler.experiment.evaluation.speed import BLOCK_ROWS, us_per_row
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel
from labeler.settings import WorkerSettings

PIN = ModelPin(name="m", version="1", key="models/a.tar", sha256="a" * 64, features_digest="f")
BLOCK = 10
MATRIX = np.arange(8, dtype=np.float32).reshape(4, 2)


class Slow:
    """Takes so many seconds for each block, one after the other; the last one for ever."""

    def __init__(self, seconds: Iterable[float]) -> None:
        self._seconds: Iterator[float] = iter(seconds)
        self._last = 0.0
        self.now = 0.0
        self.blocks: list[np.ndarray] = []
        self.threads: set[int] = set()

    def predict_proba(self, matrix: np.ndarray) -> np.ndarray:
        self.blocks.append(matrix.copy())
        if len(self.blocks) <= 2:  # reading them takes milliseconds
            self.threads |= {pool["num_threads"] for pool in threadpool_info()}
        self._last = next(self._seconds, self._last)
        self.now += self._last
        return np.full((len(matrix), 2), 0.5)


def measured(model: Slow, matrix: np.ndarray = MATRIX, **options: int) -> float:
    loaded = LoadedModel(model, ("A", "B"), PIN)
    return us_per_row(loaded, matrix, clock=lambda: model.now, **{"block_rows": BLOCK, **options})


def test_the_first_block_is_not_timed() -> None:
    """It loads code and fills caches, which a worker does once a day."""
    assert measured(Slow([9.0, 0.1])) == pytest.approx(0.1 / BLOCK * 1e6)


def test_a_round_counts_with_the_median_of_its_blocks() -> None:
    model = Slow([0.1, 0.1, 0.3, 0.2])

    assert measured(model, rounds=1) == pytest.approx(0.2 / BLOCK * 1e6)


def test_speed_is_the_median_of_the_fastest_round() -> None:
    rounds = [0.3, 0.3, 0.3, 0.01, 0.1, 0.2, 0.1, 0.2, 0.2]

    assert measured(Slow([0.1, *rounds]), rounds=3) == pytest.approx(0.1 / BLOCK * 1e6)


@settings(max_examples=30)
@given(st.lists(st.floats(1e-4, 0.1), min_size=9, max_size=9))
def test_the_result_is_the_least_of_the_rounds_medians(seconds: list[float]) -> None:
    medians = [statistics.median(seconds[start : start + 3]) for start in (0, 3, 6)]

    assert measured(Slow([0.5, *seconds])) == pytest.approx(min(medians) / BLOCK * 1e6)


def test_a_slow_model_is_measured_in_one_round() -> None:
    model = Slow([0.6])

    assert measured(model) == pytest.approx(0.6 / BLOCK * 1e6)
    assert len(model.blocks) == 1 + 3


def test_the_default_block_size_is_the_worker_s() -> None:
    model = Slow([0.1])
    loaded = LoadedModel(model, ("A", "B"), PIN)

    us_per_row(loaded, MATRIX, clock=lambda: model.now)

    assert WorkerSettings.model_fields["predict_block_rows"].default == BLOCK_ROWS
    assert {len(block) for block in model.blocks} == {BLOCK_ROWS}
    assert len(model.blocks) == 1 + 3 * 3


def test_fewer_rows_than_a_block_are_repeated_in_order() -> None:
    model = Slow([0.1])

    measured(model)

    assert (model.blocks[0] == MATRIX[[0, 1, 2, 3, 0, 1, 2, 3, 0, 1]]).all()
    assert all((block == model.blocks[0]).all() for block in model.blocks)


def test_rows_beyond_one_block_are_not_used() -> None:
    model, matrix = Slow([0.1]), np.arange(60, dtype=np.float32).reshape(30, 2)

    measured(model, matrix)

    assert (model.blocks[-1] == matrix[:BLOCK]).all()


def test_numeric_libraries_are_limited_to_one_thread() -> None:
    model = Slow([0.1])

    measured(model)

    assert model.threads == {1}
