import threading
from bisect import bisect_right
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import ServiceUnavailableError
from labeler.manifest.keyspace import cut_points
from labeler.manifest.listing import Page, PageOf, list_files
from labeler.run_index import FileEntry

PREFIX = "landing/2026-11-23/"
utf8 = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
near = st.text(st.sampled_from("0019:/@AZ[az~é\U0001f600"), min_size=1, max_size=6)
keys_below_prefix = st.sets(st.one_of(utf8, near), max_size=60).map(lambda names: {PREFIX + name for name in names})


class Folder:
    """Answers as S3 does, with small pages, and counts."""

    def __init__(self, keys: set[str], page_keys: int) -> None:
        self._keys = sorted(keys, key=str.encode)
        self._encoded = [key.encode() for key in self._keys]
        self._page_keys = page_keys
        self._lock = threading.Lock()
        self.pages = self.running = self.most_running = 0

    def page_of(self, after: str) -> Page:
        with self._lock:
            self.pages += 1
            self.running += 1
            self.most_running = max(self.most_running, self.running)
        start = bisect_right(self._encoded, after.encode())
        end = start + self._page_keys
        page = Page([FileEntry(key, "etag", 1) for key in self._keys[start:end]], has_more=end < len(self._keys))
        with self._lock:
            self.running -= 1
        return page


def listed(page_of: PageOf, parallelism: int = 4) -> list[str]:
    return [entry.key for entry in list_files(page_of, prefix=PREFIX, parallelism=parallelism)]


@settings(max_examples=150, deadline=None)
@given(keys_below_prefix, st.integers(1, 7), st.integers(1, 5))
def test_every_key_is_listed_exactly_once(keys: set[str], page_keys: int, parallelism: int) -> None:
    keys_listed = listed(Folder(keys, page_keys).page_of, parallelism)

    assert sorted(keys_listed) == sorted(keys)


@given(st.lists(st.one_of(utf8, near), min_size=3, max_size=3, unique=True))
def test_cuts_lie_inside_the_range_and_are_whole_characters(names: list[str]) -> None:
    first, last, until = sorted(PREFIX + name for name in names)

    for end in (until, None):
        points = cut_points(first, last, end, floor=len(PREFIX))
        assert all(last.encode() < point.encode() for point in points)
        assert end is None or all(point.encode() < end.encode() for point in points)


@pytest.mark.parametrize(
    "name",
    ["acct-{0:08d}.csv", "source=core/region=sa-east-1/{1}.csv", "{0}.csv", "{1}", "2026-11-23T{0:06d}-{1}"],
)
def test_listing_requests_few_extra_pages_for_any_naming_scheme(name: str) -> None:
    keys = {PREFIX + name.format(number, f"{number * 2654435761 % 2**32:08x}") for number in range(20_000)}
    folder = Folder(keys, page_keys=50)

    keys_listed = listed(folder.page_of, parallelism=8)

    assert sorted(keys_listed) == sorted(keys)
    assert folder.pages < 1.6 * len(keys) / 50


def test_threads_list_pages_concurrently() -> None:
    """Each page waits until four are requested at once: a serial loop would time out."""
    keys = {f"{PREFIX}{number:06d}" for number in range(4_000)}
    folder, meeting = Folder(keys, page_keys=10), threading.Barrier(4)
    seen_first = threading.Event()

    def page_of(after: str) -> Page:
        if after and not seen_first.is_set():
            meeting.wait(timeout=10)
            seen_first.set()
        return folder.page_of(after)

    assert len(listed(page_of, parallelism=4)) == 4_000


def test_folder_markers_are_skipped_and_unusual_names_are_listed() -> None:
    entries = [
        FileEntry(f"{PREFIX}", "e", 0),
        FileEntry(f"{PREFIX}a/", "e", 0),
        FileEntry(f"{PREFIX}b/", "e", 5),
        FileEntry(f"{PREFIX}c", "e", 0),
    ]

    listed_entries = list(list_files(lambda _: Page(entries, has_more=False), prefix=PREFIX, parallelism=2))

    assert listed_entries == entries[2:]


def test_listing_stops_at_the_first_page_error() -> None:
    folder = Folder({f"{PREFIX}{number:04d}" for number in range(300)}, page_keys=10)

    def page_of(after: str) -> Page:
        if folder.pages > 5:
            raise ServiceUnavailableError("listing: 503")
        return folder.page_of(after)

    with pytest.raises(ServiceUnavailableError):
        listed(page_of)


def test_empty_page_that_promises_more_raises_instead_of_ending_the_listing() -> None:
    with pytest.raises(ServiceUnavailableError):
        listed(lambda _: Page([], has_more=True))


def test_listing_stops_when_its_reader_stops_early() -> None:
    folder = Folder({f"{PREFIX}{number:05d}" for number in range(10_000)}, page_keys=10)

    files = list_files(folder.page_of, prefix=PREFIX, parallelism=4)
    next(files)
    files.close()  # type: ignore[attr-defined]

    assert folder.pages < 50


def test_progress_counts_pages_and_keys() -> None:
    folder, progress_calls = Folder({f"{PREFIX}{number:03d}" for number in range(100)}, page_keys=10), []

    list(
        list_files(
            folder.page_of,
            prefix=PREFIX,
            parallelism=2,
            progress=lambda pages, keys: progress_calls.append((pages, keys)),
        )
    )

    assert progress_calls[-1] == (folder.pages, 100)
    assert all(earlier[0] + 1 == later[0] for earlier, later in pairwise(progress_calls))
