from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from labeler.manifest.discovery import landing_dates
from labeler.manifest.fingerprints import DIGEST_BYTES, fingerprint, pack, unpack, unseen
from labeler.run_index import FileEntry

entries = st.lists(
    st.builds(FileEntry, st.text(max_size=8), st.text("0123456789abcdef", max_size=3), st.integers(0, 9))
)


@given(entries, entries)
def test_unseen_files_are_those_that_no_earlier_run_took(taken: list[FileEntry], listed: list[FileEntry]) -> None:
    known = unpack([pack(map(fingerprint, taken[:2])), pack(map(fingerprint, taken[2:]))])
    contents = {(entry.key, entry.etag) for entry in taken}

    assert list(unseen(listed, known)) == [entry for entry in listed if (entry.key, entry.etag) not in contents]


def test_file_with_a_changed_etag_is_new_again() -> None:
    before, after = FileEntry("landing/a.csv", "e1", 10), FileEntry("landing/a.csv", "e2", 10)

    assert list(unseen([before, after], {fingerprint(before)})) == [after]


@given(entries)
def test_seen_object_does_not_depend_on_the_order_of_the_files(files: list[FileEntry]) -> None:
    body = pack(map(fingerprint, files))

    assert body == pack(map(fingerprint, reversed(files)))
    assert len(body) == DIGEST_BYTES * len(files)


def test_daily_run_reads_earlier_folders_and_backfill_only_its_own() -> None:
    day = date(2026, 11, 23)

    assert landing_dates(day, "daily", 2) == (date(2026, 11, 21), date(2026, 11, 22), day)
    assert landing_dates(day, "backfill", 2) == (day,)
