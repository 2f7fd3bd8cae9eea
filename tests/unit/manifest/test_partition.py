import random
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.manifest.partition import Unit, partition
from labeler.run_index import FileEntry

MAX_FILES, MAX_BYTES = 5, 100
sizes = st.lists(st.one_of(st.integers(0, 130), st.integers(0, 20), st.sampled_from([0, 34, 51, 60, 100])), max_size=60)


def files(sizes_bytes: list[int]) -> list[FileEntry]:
    return [FileEntry(f"landing/{number:07d}.csv", "etag", size) for number, size in enumerate(sizes_bytes)]


def units_of(entries: list[FileEntry]) -> list[Unit]:
    return partition(entries, max_files=MAX_FILES, max_bytes=MAX_BYTES)


def load(unit: Unit) -> int:
    return unit.size_bytes * MAX_FILES + len(unit.files) * MAX_BYTES


@given(sizes)
def test_every_file_is_in_exactly_one_unit(sizes_bytes: list[int]) -> None:
    entries = files(sizes_bytes)

    assert sorted(entry for unit in units_of(entries) for entry in unit.files) == entries


@given(sizes)
def test_no_unit_exceeds_a_limit_except_one_with_a_single_large_file(sizes_bytes: list[int]) -> None:
    for unit in units_of(files(sizes_bytes)):
        assert unit.size_bytes == sum(entry.size_bytes for entry in unit.files)
        assert 1 <= len(unit.files) <= MAX_FILES
        assert unit.size_bytes <= MAX_BYTES or len(unit.files) == 1


@given(sizes)
def test_units_are_balanced_up_to_one_file(sizes_bytes: list[int]) -> None:
    units = [unit for unit in units_of(files(sizes_bytes)) if unit.size_bytes <= MAX_BYTES]

    for unit in units:
        lightest = min(entry.size_bytes for entry in unit.files) * MAX_FILES + MAX_BYTES
        for other in units:
            assert load(unit) - lightest <= load(other) or len(other.files) == MAX_FILES


@given(sizes, st.randoms(use_true_random=False))
def test_units_do_not_depend_on_the_order_of_the_input(sizes_bytes: list[int], shuffler: random.Random) -> None:
    entries = files(sizes_bytes)
    shuffled = list(entries)
    shuffler.shuffle(shuffled)

    assert units_of(entries) == units_of(shuffled)


@given(sizes)
def test_units_are_ordered_largest_first_and_their_files_by_key(sizes_bytes: list[int]) -> None:
    units = units_of(files(sizes_bytes))

    assert [load(unit) for unit in units] == sorted(map(load, units), reverse=True)
    assert all(list(unit.files) == sorted(unit.files) for unit in units)


@given(st.integers(0, 60))
def test_files_of_equal_size_use_the_fewest_units(count: int) -> None:
    assert len(units_of(files([3] * count))) == -(-count // MAX_FILES)


@given(sizes)
def test_partition_uses_at_most_twice_the_fewest_possible_units(sizes_bytes: list[int]) -> None:
    entries = files([min(size, MAX_BYTES) for size in sizes_bytes])
    lower_bound = max(-(-len(entries) // MAX_FILES), -(-sum(entry.size_bytes for entry in entries) // MAX_BYTES))

    assert len(units_of(entries)) <= 2 * lower_bound + 1


@pytest.mark.parametrize("size", [51, 60, 34, 26])
def test_partition_is_fast_for_sizes_that_fill_units_badly(size: int) -> None:
    started = time.process_time()

    assert len(units_of(files([size] * 3_000))) >= 3_000 // (MAX_BYTES // size)
    assert time.process_time() - started < 2


def test_partition_of_no_files_gives_no_units() -> None:
    assert units_of([]) == []
