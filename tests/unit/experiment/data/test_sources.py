"""Labeled files of a folder: which ones, in which order, and which error when there are none."""

import pickle
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import Days
from labeler.experiment.data.listing import MAX_FILE_BYTES
from labeler.experiment.data.s3_source import S3Source
from labeler.experiment.data.sources import BLOCK_FILES, blocks, open_source
from labeler.task import FileReason

names = st.text(st.sampled_from("ab./-0_é"), min_size=1, max_size=9)


def written(directory: Path, *keys: str) -> str:
    for key in keys:
        (directory / key).parent.mkdir(parents=True, exist_ok=True)
        (directory / key).write_bytes(key.encode())
    return str(directory)


def keys_of(address: str, pattern: str = "*.csv") -> list[str]:
    return [entry.key for entry in open_source(address, pattern).entries()]


def test_files_are_listed_in_the_order_of_whole_keys(tmp_path: Path) -> None:
    address = written(tmp_path, "b.csv", "a/z.csv", "a.csv", "a-1.csv", "a/b/c.csv", "a0.csv")

    assert keys_of(address) == ["a-1.csv", "a.csv", "a/b/c.csv", "a/z.csv", "a0.csv", "b.csv"]


@settings(max_examples=60, deadline=None)
@given(st.sets(names, min_size=1, max_size=12))
def test_listing_is_sorted_for_any_folders(tmp_path_factory: pytest.TempPathFactory, names: set[str]) -> None:
    directory = tmp_path_factory.mktemp("listed")
    written_keys = set()
    for name in names:
        key = "/".join(part.strip(".") or "x" for part in name.split("/")) + ".csv"
        try:
            written(directory, key)
        except (IsADirectoryError, NotADirectoryError, FileExistsError):
            continue
        written_keys.add(key)

    assert keys_of(str(directory)) == sorted(written_keys)


def test_hidden_files_and_other_patterns_are_left_out(tmp_path: Path) -> None:
    address = written(tmp_path, "a.csv", ".a.csv", ".cache/b.csv", "c.txt", "d/.e.csv", "d/f.csv", "d/g.jsonl")

    assert keys_of(address) == ["a.csv", "d/f.csv"]
    assert keys_of(address, "*.jsonl") == ["d/g.jsonl"]
    assert keys_of(address, "d/*") == ["d/f.csv", "d/g.jsonl"]


def test_invalid_address_or_pattern_is_refused_with_a_hint(tmp_path: Path) -> None:
    empty = written(tmp_path / "empty", "a.txt")
    for address, message in (
        (str(tmp_path / "gone"), "gone is not a folder"),
        (empty, "holds no \\*.csv"),
        ("gs://bucket/x", "neither a folder nor in S3"),
        ("s3://", "names no bucket"),
    ):
        with pytest.raises(InputInvalidError, match=message) as refused:
            keys_of(address)
        assert refused.value.hint
    with pytest.raises(InputInvalidError, match="no pattern"):
        open_source(empty, "")


def test_blocks_hold_a_bounded_number_of_files_and_every_file_once(tmp_path: Path) -> None:
    keys = [f"{number:05}.csv" for number in range(BLOCK_FILES + 3)]
    source = open_source(written(tmp_path, *keys))

    cut = list(blocks(source))

    assert [len(block) for block in cut] == [BLOCK_FILES, 3]
    assert [file.key for block in cut for file in source.fetch(block).files] == keys
    assert source.count() == len(keys)


def test_file_over_the_size_limit_is_rejected_unread(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "a.csv", "b.csv"))
    with (tmp_path / "b.csv").open("wb") as large:
        large.truncate(MAX_FILE_BYTES + 1)

    block = source.fetch(list(source.entries()))

    assert [file.key for file in block.files] == ["a.csv"]
    assert [(key, reject.reason) for key, reject in block.rejected] == [("b.csv", FileReason.TOO_LARGE)]


def test_vanished_file_is_named_in_the_error(tmp_path: Path) -> None:
    source = open_source(written(tmp_path, "a.csv"))
    entries = list(source.entries())
    (tmp_path / "a.csv").unlink()

    with pytest.raises(InputInvalidError, match=r"a\.csv of .* can't be read"):
        source.fetch(entries)


def test_pickled_s3_source_drops_its_connections() -> None:
    source = S3Source("s3://bucket/some/prefix/", "*.csv", Days(first=date(2026, 3, 1)))
    source.__dict__["_aws"] = object  # connected; a module-level name, so that pickling it alone would not fail
    source.__dict__["_fetcher"] = lambda: None

    unpickled = pickle.loads(pickle.dumps(source))  # noqa: S301 - as a process pool does

    assert (unpickled.address, unpickled.pattern, unpickled.days) == (source.address, source.pattern, source.days)
    assert not {"_aws", "_fetcher"} & set(unpickled.__dict__)
