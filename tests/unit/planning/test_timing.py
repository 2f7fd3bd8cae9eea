"""How fast workers start, when they have labeled the files, and how the smallest number is searched."""

import math

from hypothesis import given
from hypothesis import strategies as st

from labeler.manifest.listing import PAGE_KEYS
from labeler.planning import timing
from labeler.planning.ramp import Ramp, finished_s, ready_at


def test_workers_start_after_poll_and_node_and_at_most_double_each_step() -> None:
    assert ready_at(20, 0, Ramp()) == [(123, 4), (138, 4), (153, 8), (168, 4)]
    assert ready_at(20, 10, Ramp()) == [(0, 10), (123, 10)]
    assert ready_at(3, 5, Ramp()) == [(0, 3)]


@given(st.integers(1, 100_000), st.floats(1, 1_000), st.integers(1, 100), st.integers(0, 20))
def test_finish_time_is_when_the_workers_have_labeled_all_files(
    files: int, rate: float, workers: int, warm: int
) -> None:
    steps = ready_at(workers, warm, Ramp())

    end = finished_s(files, rate, steps)

    done = sum(added * max(0.0, end - at) * rate for at, added in steps)
    assert math.isclose(done, files, rel_tol=1e-6)


@given(st.integers(1, 60), st.integers(1, 50))
def test_smallest_that_finds_the_smallest_value_that_holds(smallest: int, last: int) -> None:
    assert timing.smallest_that(lambda value: value >= smallest, last) == (smallest if smallest <= last else None)


def test_listing_pages_are_counted_as_the_manifest_lists_them() -> None:
    assert timing.PAGE_KEYS == PAGE_KEYS
