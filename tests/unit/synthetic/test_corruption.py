"""Corrupted statements: the reader rejects exactly what the ground truth lists."""

from dataclasses import replace
from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.task import FileReason, RawFile
from labeler.transactions import task
from labeler.transactions.reasons import RowReason
from labeler_local.synthetic import (
    BadRow,
    Corruption,
    FileDamage,
    GroundTruth,
    Statement,
    Written,
    generate,
    generate_with_ground_truth,
    write_statements,
)
from labeler_local.synthetic.corruption import FILE_REASONS
from labeler_local.synthetic.rows import BATCH

HEAVILY_CORRUPTED = Corruption(lf_files=0.1, bad_rows=0.01, bad_files=0.25, odd_files=0.25)


@pytest.fixture(scope="module")
def corrupted() -> list[Statement]:
    return list(
        generate_with_ground_truth(accounts=2 * BATCH, seed=11, with_labels=False, corruption=HEAVILY_CORRUPTED)
    )


def test_corruption_changes_no_clean_row(corrupted: list[Statement]) -> None:
    clean = dict(generate(accounts=len(corrupted), seed=11, with_labels=False))
    for statement in corrupted:
        if statement.ground_truth.damage is None:
            bad = {row.row_number for row in statement.ground_truth.bad_rows}
            pairs = zip(statement.body.splitlines(), clean[statement.name].splitlines(), strict=True)
            assert {number for number, (line, before) in enumerate(pairs) if line != before} == bad


@pytest.mark.parametrize("with_labels", [False, True])
def test_reader_rejects_exactly_what_the_ground_truth_lists(with_labels: bool) -> None:
    statements = list(
        generate_with_ground_truth(accounts=2 * BATCH, seed=13, with_labels=with_labels, corruption=HEAVILY_CORRUPTED)
    )
    reading = task.read([RawFile(s.name, s.body) for s in statements], with_labels=with_labels)
    assert reading.rows_in == sum(s.ground_truth.rows for s in statements)
    rejects_of: dict[int, list[tuple[int | None, str | None, str, int]]] = {i: [] for i in range(len(statements))}
    for reject in reading.rejects:
        rejects_of[reject.file].append((reject.row_number, reject.column, reject.reason, reject.rows))
    for position, ground_truth in enumerate(s.ground_truth for s in statements):
        expected = [(*row, 1) for row in ground_truth.bad_rows]
        assert rejects_of[position] == (
            [(None, None, ground_truth.file_reason, ground_truth.rows)] if ground_truth.file_reason else expected
        )


def test_every_kind_of_damage_occurs(corrupted: list[Statement]) -> None:
    assert {s.ground_truth.damage for s in corrupted} == {*FileDamage, None}
    reasons = {row.reason for s in corrupted for row in s.ground_truth.bad_rows}
    assert reasons == {RowReason.FIELD_COUNT, RowReason.NUMBER, RowReason.DATE, RowReason.RANGE}
    assert any(b"\n" in s.body and b"\r\n" not in s.body for s in corrupted)


@pytest.mark.parametrize("kind", FileDamage)
def test_one_kind_of_damage_can_be_selected(kind: FileDamage) -> None:
    corruption = Corruption(bad_files=1.0, bad_file_kinds=(kind,))
    statements = list(generate_with_ground_truth(accounts=3, seed=1, with_labels=True, corruption=corruption))
    assert [s.ground_truth.damage for s in statements] == [kind] * 3
    assert [s.ground_truth.file_reason for s in statements] == [FILE_REASONS.get(kind)] * 3


def test_ground_truth_counts_rejected_rows() -> None:
    assert GroundTruth(rows=9, bad_rows=(BadRow(2, "valor", RowReason.NUMBER),)).rows_rejected == 1
    assert GroundTruth(rows=9, damage=FileDamage.TRUNCATED).rows_rejected == 9
    assert GroundTruth(rows=9, damage=FileDamage.QUOTED).rows_rejected == 0
    assert GroundTruth(rows=9, damage=FileDamage.TRUNCATED).file_reason == FileReason.TRUNCATED


def test_statements_are_written_flat_and_totals_returned(tmp_path: Path, corrupted: list[Statement]) -> None:
    seen: list[Written] = []
    written = write_statements(tmp_path / "landing", corrupted, on_progress=seen.append)
    assert {path.name: path.read_bytes() for path in (tmp_path / "landing").iterdir()} == {
        s.name: s.body for s in corrupted
    }
    assert [step.files for step in seen] == list(range(1, len(corrupted) + 1))
    assert written == seen[-1]
    assert written == Written(
        files=len(corrupted),
        files_refused=sum(s.ground_truth.file_reason is not None for s in corrupted),
        rows=sum(s.ground_truth.rows for s in corrupted),
        rows_rejected=sum(s.ground_truth.rows_rejected for s in corrupted),
        size_bytes=sum(len(s.body) for s in corrupted),
    )


def test_invalid_rates_and_counts_are_refused() -> None:
    with pytest.raises(InputInvalidError, match=r"bad_rows=1\.5"):
        Corruption(bad_rows=1.5)
    with pytest.raises(InputInvalidError, match="together"):
        replace(HEAVILY_CORRUPTED, bad_files=0.9)
    with pytest.raises(InputInvalidError, match="negative"):
        generate(accounts=-1, seed=1, with_labels=True)
