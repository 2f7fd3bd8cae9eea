import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import DigestMismatchError
from labeler.run_index import FileEntry
from labeler.slices import read_slice, write_slice

entries = st.lists(st.builds(FileEntry, st.text(), st.text(), st.integers(min_value=0, max_value=2**50)))


@given(entries)
def test_slice_survives_a_round_trip(files: list[FileEntry]) -> None:
    sealed = write_slice(files)

    assert read_slice(sealed.body, sealed.sha256) == files


def test_writing_the_same_files_twice_gives_the_same_bytes() -> None:
    files = [FileEntry("landing/a.csv", "e1", 1), FileEntry("landing/São.csv", "e2", 2)]

    assert write_slice(files) == write_slice(list(files))
    assert write_slice(files).sha256 == hashlib.sha256(write_slice(files).body).hexdigest()


def test_slice_with_a_changed_byte_is_refused_before_it_is_unpacked() -> None:
    sealed = write_slice([FileEntry("landing/a.csv", "e1", 1)])

    with pytest.raises(DigestMismatchError):
        read_slice(b"x" + sealed.body[1:], sealed.sha256)
