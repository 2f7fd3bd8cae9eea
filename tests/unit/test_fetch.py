"""A unit is worked on in blocks of bounded bytes, so that its size does not decide a worker's memory."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from labeler.fetch import split_blocks
from labeler.run_index import FileEntry

sizes = st.lists(st.integers(0, 200), max_size=60)
limits = st.integers(1, 300)


def entries_of(sizes: list[int]) -> list[FileEntry]:
    return [FileEntry(f"landing/{number}.csv", f"etag{number}", size) for number, size in enumerate(sizes)]


@given(sizes, limits)
def test_blocks_hold_every_file_once_and_in_order(sizes: list[int], limit: int) -> None:
    entries = entries_of(sizes)

    assert [entry for block in split_blocks(entries, limit) for entry in block] == entries


@given(sizes, limits)
def test_no_block_exceeds_its_bytes_unless_a_single_file_does(sizes: list[int], limit: int) -> None:
    for block in split_blocks(entries_of(sizes), limit):
        assert len(block) == 1 or sum(entry.size_bytes for entry in block) <= limit


@given(sizes, limits)
def test_block_ends_only_where_the_next_file_would_not_fit(sizes: list[int], limit: int) -> None:
    blocks = list(split_blocks(entries_of(sizes), limit))

    for block, following in pairwise(blocks):
        assert sum(entry.size_bytes for entry in block) + following[0].size_bytes > limit


def test_no_files_give_no_blocks() -> None:
    assert list(split_blocks([], 10)) == []
