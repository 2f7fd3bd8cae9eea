"""Labeled files in S3 are the same data as the same files in a folder."""

import pickle
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import AccessDeniedError, InputInvalidError
from labeler.experiment.data.engines import local_engine
from labeler.experiment.data.listing import MAX_FILE_BYTES
from labeler.experiment.data.prepare import prepare
from labeler.experiment.data.sources import Source, open_source
from labeler.experiment.files import ExperimentFiles
from labeler.settings import DEFAULT_TASK
from labeler.task import FileReason
from labeler_local.emulator.faults import Call, Fault
from labeler_local.synthetic import REJECTABLE, generate_with_ground_truth, write_statements

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labeler_local.emulator.stack import LocalStack

PREFIX = "labeled/2020"


def put(stack: "LocalStack", *keys: str, prefix: str = PREFIX) -> None:
    for key in keys:
        stack.raw.put(f"{prefix}/{key}", key.encode())


@pytest.fixture
def source(stack: "LocalStack") -> "Iterator[Source]":
    opened = open_source(f"s3://{stack.raw.name}/{PREFIX}")
    yield opened
    opened.close()


def test_keys_below_the_prefix_are_sorted_and_hidden_ones_left_out(
    stack: "LocalStack", source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "5")  # of a page
    keys = [f"{number:04}.csv" for number in range(23)]
    put(stack, *reversed(keys), "b/c.csv", "b-.csv", "São.csv", ".hidden.csv", "b/.h/x.csv", "folder/", "other.txt")
    put(stack, "not-this.csv", prefix=f"{PREFIX}1")

    entries = list(source.entries())

    assert [entry.key for entry in entries] == [*keys, "São.csv", "b-.csv", "b/c.csv"]
    block = source.fetch(entries)
    assert [(file.key, file.body.decode()) for file in block.files] == [(entry.key,) * 2 for entry in entries]
    assert source.count() is None


def test_key_with_an_empty_segment_is_read(stack: "LocalStack", source: Source) -> None:
    put(stack, "a//b.csv", "a.csv")

    assert [file.body for file in source.fetch(list(source.entries())).files] == [b"a.csv", b"a//b.csv"]


def test_missing_bucket_and_empty_prefix_are_refused_by_name(stack: "LocalStack", source: Source) -> None:
    with pytest.raises(InputInvalidError, match=r"s3://.*/labeled/2020 holds no \*\.csv"):
        next(source.entries())
    with pytest.raises(InputInvalidError, match="there is no bucket no-such-bucket"):
        next(open_source("s3://no-such-bucket/x").entries())


def test_denied_listing_raises_access_denied(stack: "LocalStack", source: Source) -> None:
    def is_listing(call: Call) -> bool:
        return call.service == "s3" and call.method == "GET" and "list-type" in call.query

    stack.faults.add(Fault(is_listing, status=403, code="AccessDenied"))

    with pytest.raises(AccessDeniedError, match="listing s3://"):
        next(source.entries())


def test_changed_or_vanished_file_raises_and_too_large_file_is_rejected(stack: "LocalStack", source: Source) -> None:
    put(stack, "a.csv", "b.csv")
    a, b = source.entries()
    block = source.fetch([a, b._replace(size_bytes=MAX_FILE_BYTES + 1)])
    assert [file.key for file in block.files] == ["a.csv"]
    assert [(key, reject.reason) for key, reject in block.rejected] == [("b.csv", FileReason.TOO_LARGE)]

    stack.raw.put(f"{PREFIX}/a.csv", b"another")
    with pytest.raises(InputInvalidError, match=r"a\.csv of s3://.* changed or vanished"):
        source.fetch([a, b])
    stack.raw.delete([f"{PREFIX}/a.csv"])
    with pytest.raises(InputInvalidError, match=r"a\.csv of s3://.* changed or vanished"):
        source.fetch([a, b])


def test_connected_source_can_be_pickled(stack: "LocalStack", source: Source) -> None:
    put(stack, "a.csv")
    source.fetch(list(source.entries()))

    unpickled: Source = pickle.loads(pickle.dumps(source))  # noqa: S301 - as a process pool does

    assert [entry.key for entry in unpickled.entries()] == ["a.csv"]


@pytest.mark.parametrize("processes", [1, 2])
def test_folder_and_prefix_give_the_same_parts(stack: "LocalStack", tmp_path: Path, processes: int) -> None:
    write_statements(
        tmp_path / "in", generate_with_ground_truth(accounts=20, seed=4, with_labels=True, corruption=REJECTABLE)
    )
    for path in (tmp_path / "in").iterdir():
        stack.raw.put(f"{PREFIX}/{path.name}", path.read_bytes())
    infos, bodies = [], []
    for name, address in (("folder", str(tmp_path / "in")), ("s3", f"s3://{stack.raw.name}/{PREFIX}")):
        files = ExperimentFiles(tmp_path / name)
        opened = open_source(address)
        info = prepare(files, opened, task=DEFAULT_TASK, engine=local_engine(processes))
        opened.close()
        infos.append(info.model_copy(update={"source": ""}))
        bodies.append([(files.prepared / part).read_bytes() for part in info.parts])

    assert infos[0] == infos[1]
    assert bodies[0] == bodies[1]
