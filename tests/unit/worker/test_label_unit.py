"""A unit's blocks become labels and quarantine: each row once, whatever is wrong with a file."""

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from aws_lambda_powertools import Logger
from hypothesis import assume, given
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.fetch import Block
from labeler.task import FileReason, RawFile, Reject
from labeler.worker.label_unit import MANY_FILES, LabeledUnit, UnitLabeler
from labeler.worker.outputs import Sealed
from tests.unit.worker.toy import CRASH, REFUSE, UNIT, ToyClassifier, ToyTask, model

SECRET = b"4532-9911"


class Lines(io.StringIO):
    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.getvalue().splitlines()]


@pytest.fixture
def log() -> Iterator[Lines]:
    lines = Lines()
    yield lines
    lines.close()


def labeled(
    *blocks: Sequence[RawFile], task: ToyTask | None = None, log: io.StringIO | None = None, classifier: Any = None
) -> LabeledUnit:
    labeler = UnitLabeler(
        UNIT,
        task=task or ToyTask(),
        reference=None,
        model=model(classifier),
        predict_block_rows=4,
        logger=Logger(service=f"test-{id(log)}", stream=log or io.StringIO()),
    )
    for files in blocks:
        labeler.add(block_of(files))
    return labeler.finish(fetch_s=0.5)


def block_of(files: Sequence[RawFile], *rejected: tuple[str, Reject]) -> Block:
    return Block(list(files), len(files) + len(rejected), sum(len(file.body) for file in files), list(rejected))


def rows_of(sealed: Sealed | None) -> list[dict[str, Any]]:
    return [] if sealed is None else pq.read_table(pa.BufferReader(sealed.body)).to_pylist()


def labels_of(unit: LabeledUnit) -> list[tuple[str, int]]:
    return [(row["file_key"], row["row_number"]) for row in rows_of(unit.labels)]


def refused_by(unit: LabeledUnit) -> dict[str, str]:
    return {row["file_key"]: row["reason"] for row in rows_of(unit.quarantine) if row["row_number"] is None}


def test_a_bad_row_does_not_cost_its_file() -> None:
    done = labeled([RawFile("a", b"1 bad 3"), RawFile("b", b"200")])

    assert labels_of(done) == [("a", 1), ("a", 3), ("b", 1)]
    assert [(row["file_key"], row["row_number"], row["reason"]) for row in rows_of(done.quarantine)] == [
        ("a", 2, "row_number")
    ]
    assert (done.rows_in, done.rows_labeled, done.rows_quarantined, done.files_rejected) == (4, 3, 1, 0)
    assert done.rejects == {"row_number": 1}
    assert done.label_counts == {"odd": 2, "big": 1}


def test_a_file_that_the_fetch_refused_is_counted_and_quarantined() -> None:
    gone = ("gone", Reject(-1, None, None, None, FileReason.VANISHED, 0))
    labeler = UnitLabeler(
        UNIT, task=ToyTask(), reference=None, model=model(), predict_block_rows=4, logger=Logger(stream=io.StringIO())
    )
    labeler.add(block_of([RawFile("a", b"1")], gone))

    done = labeler.finish(0.0)

    assert (done.files, done.files_rejected, done.rows_in) == (2, 1, 1)
    assert refused_by(done) == {"gone": "file_vanished"}


def test_task_that_fails_on_a_file_quarantines_only_that_file(log: Lines) -> None:
    files = [RawFile(f"{number}", b"1 bad 3") for number in range(7)]
    files[4] = RawFile("poison", b"1 2 " + CRASH)

    done = labeled(files, log=log)

    good = [f"{number}" for number in range(7) if number != 4]
    assert labels_of(done) == [(key, row) for key in good for row in (1, 3)]
    assert refused_by(done) == {"poison": "file_unreadable"}
    assert done.rejects == {"file_unreadable": 1, "row_number": 6}
    assert (done.files, done.files_rejected, done.rows_labeled, done.rows_quarantined) == (7, 1, 12, 6)
    assert sum(done.label_counts.values()) == done.rows_labeled


@given(poisons=st.sets(st.integers(0, 15)), files=st.integers(1, 16))
def test_rows_of_good_files_are_labeled_once_however_many_files_fail(poisons: set[int], files: int) -> None:
    assume(len(poisons & set(range(files))) < max(files, MANY_FILES))
    unit = [RawFile(f"{number}", CRASH if number in poisons else b"1 bad 3") for number in range(files)]

    done = labeled(unit)

    good = [number for number in range(files) if number not in poisons]
    assert labels_of(done) == [(f"{number}", row) for number in good for row in (1, 3)]
    assert set(refused_by(done)) == {f"{number}" for number in range(files)} - {f"{number}" for number in good}


def test_code_that_fails_on_every_file_of_many_fails_the_unit() -> None:
    with pytest.raises(ValueError, match=CRASH.decode()):
        labeled([RawFile(f"{number}", CRASH) for number in range(MANY_FILES)])


def test_log_of_a_failing_file_holds_none_of_its_values(log: Lines) -> None:
    labeled([RawFile("poison", SECRET + CRASH)], log=log)

    (event,) = log.events
    assert event["file_key"] == "poison"
    assert event["error"] == "ValueError"
    assert any("read" in frame for frame in event["frames"])
    assert SECRET.decode() not in log.getvalue()


def test_labeler_error_of_the_task_fails_the_whole_unit() -> None:
    with pytest.raises(InputInvalidError, match="reference data"):
        labeled([RawFile("a", b"1"), RawFile("b", REFUSE)])


def test_model_that_fails_on_a_file_quarantines_only_that_file() -> None:
    class Picky(ToyClassifier):
        def predict_proba(self, matrix: Any) -> Any:
            if (matrix == 13).any():
                raise FloatingPointError
            return super().predict_proba(matrix)

    done = labeled([RawFile("a", b"1"), RawFile("b", b"13"), RawFile("c", b"3")], classifier=Picky())

    assert labels_of(done) == [("a", 1), ("c", 1)]
    assert refused_by(done) == {"b": "file_unreadable"}


def test_the_task_never_sees_more_than_a_block_at_once() -> None:
    task, classifier = ToyTask(), ToyClassifier()

    done = labeled(
        [RawFile("a", b"1 2 3"), RawFile("b", b"4 5 6")], [RawFile("c", b"7")], task=task, classifier=classifier
    )

    assert task.files_per_read == [2, 1]
    assert classifier.block_rows == [4, 2, 1]
    meta = pq.ParquetFile(pa.BufferReader(done.labels.body)).metadata  # type: ignore[union-attr]
    assert meta.num_row_groups == 2
    assert labels_of(done) == [("a", 1), ("a", 2), ("a", 3), ("b", 1), ("b", 2), ("b", 3), ("c", 1)]


def test_a_unit_without_a_good_row_writes_no_labels() -> None:
    done = labeled([RawFile("a", b""), RawFile("b", b"bad")])

    assert done.labels is None
    assert (done.rows_in, done.rows_quarantined, done.files_rejected) == (1, 1, 1)
    assert [row["reason"] for row in rows_of(done.quarantine)] == ["file_empty", "row_number"]


def test_a_clean_unit_writes_no_quarantine() -> None:
    assert labeled([RawFile("a", b"1")]).quarantine is None


def test_labeled_unit_has_seconds_of_every_phase() -> None:
    done = labeled([RawFile("a", b"1")])

    assert set(done.stage_s) == {"fetch", "read", "features", "predict", "sample", "write"}
    assert done.stage_s["fetch"] == 0.5
