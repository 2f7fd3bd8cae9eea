"""Synthetic statements: the real format byte for byte, no real row, and a ground truth that holds."""

import re
from dataclasses import replace
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.task import FileReason, RawFile
from labeler.transactions import task
from labeler.transactions.reasons import RowReason
from labeler_local.synthetic import (
    REJECTABLE,
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
from labeler_local.synthetic.text import amount_text

REAL_STATEMENTS = Path(__file__).parents[4] / "shared" / "data" / "statements"
LABELED_HEADER = (
    b"id;safra_abertura;cidade;estado;idade;sexo;limite_total;limite_disp;data; valor ;"
    b"grupo_estabelecimento;cidade_estabelecimento;pais_estabelecimento"
)
LABELED_ROW = re.compile(
    r"(\d{10,11}|\d,\d\dE\+1[12]);\d{6};[A-Z ]{22};[A-Z]{2} ;\d{2};[FM];\d+;\d+;"
    r"[1-3]?\d\.\d\d\.\d{4};( -   |(\d{1,3}\.)?\d{1,3}(,\d\d?)?);[A-ZÇ. ]+;.{0,13};([A-Z]{2})?"
)
HEAVILY_CORRUPTED = Corruption(lf_files=0.1, bad_rows=0.01, bad_files=0.25, odd_files=0.25)


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return [body for _, body in generate(accounts=3 * BATCH, seed=7, with_labels=True)]


@pytest.fixture(scope="module")
def corrupted() -> list[Statement]:
    return list(
        generate_with_ground_truth(accounts=2 * BATCH, seed=11, with_labels=False, corruption=HEAVILY_CORRUPTED)
    )


def test_every_synthetic_row_has_the_real_format(bodies: list[bytes]) -> None:
    for body in bodies[:200]:
        header, *lines, rest = body.split(b"\r\n")
        assert header == LABELED_HEADER
        assert rest == b""
        assert b"\n" not in b"".join(lines)
        for line in lines:
            assert LABELED_ROW.fullmatch(line.decode("mac_roman")), line


def test_unlabeled_files_equal_labeled_files_without_the_label_column() -> None:
    labeled = generate(accounts=20, seed=3, with_labels=True)
    daily = generate(accounts=20, seed=3, with_labels=False)
    for (name, body), (daily_name, daily_body) in zip(labeled, daily, strict=True):
        lines = [line.split(b";") for line in body.split(b"\r\n")[:-1]]
        without = b"".join(b";".join(fields[:10] + fields[11:]) + b"\r\n" for fields in lines)
        assert (daily_name, daily_body) == (name, without)


def test_same_seed_gives_same_bytes_and_other_seed_gives_other_bytes() -> None:
    first, again, other = (
        list(generate(accounts=30, seed=seed, with_labels=True, corruption=REJECTABLE)) for seed in (1, 1, 2)
    )
    assert first == again
    assert not {body for _, body in first if len(body) > 200} & {body for _, body in other}


@pytest.mark.parametrize("accounts", [1, BATCH - 1, BATCH, BATCH + 1])
def test_smaller_set_is_a_prefix_of_a_larger_one(accounts: int) -> None:
    larger = generate(accounts=2 * BATCH, seed=5, with_labels=False, corruption=REJECTABLE)
    assert list(generate(accounts=accounts, seed=5, with_labels=False, corruption=REJECTABLE)) == list(
        islice(larger, accounts)
    )


def test_parts_of_a_set_can_be_generated_separately() -> None:
    whole = list(generate(accounts=BATCH + 60, seed=5, with_labels=False))
    parts = [(0, 50), (50, BATCH), (BATCH + 50, 10)]
    apart = [file for first, n in parts for file in generate(accounts=n, seed=5, with_labels=False, first=first)]
    assert apart == whole


def test_corruption_changes_no_clean_row(corrupted: list[Statement]) -> None:
    clean = dict(generate(accounts=len(corrupted), seed=11, with_labels=False))
    for statement in corrupted:
        if statement.ground_truth.damage is None:
            bad = {row.row_number for row in statement.ground_truth.bad_rows}
            pairs = zip(statement.body.splitlines(), clean[statement.name].splitlines(), strict=True)
            assert {number for number, (line, before) in enumerate(pairs) if line != before} == bad


def test_dates_end_on_the_last_day_and_span_less_than_a_year() -> None:
    until = date(2026, 11, 22)
    text = b"".join(body for _, body in generate(accounts=60, seed=1, with_labels=False, until=until)).decode()
    days = {date(int(y), int(m), int(d)) for d, m, y in re.findall(r";(\d+)\.(\d\d)\.(\d{4});", text)}
    assert max(days) == until
    assert 340 <= (max(days) - min(days)).days < 350


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


def test_default_corruption_gives_no_bad_row(bodies: list[bytes]) -> None:
    statements = generate_with_ground_truth(accounts=50, seed=7, with_labels=True)
    assert [(s.body, s.ground_truth) for s in statements] == [
        (b, GroundTruth(rows=b.count(b"\r\n") - 1)) for b in bodies[:50]
    ]


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


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (3100, "31"),
        (5440, "54,4"),
        (990, "9,9"),
        (7, "0,07"),
        (178410, "1.784,10"),
        (140000, "1.400,00"),
        (-1, " -   "),
    ],
)
def test_amounts_are_formatted_as_in_real_statements(cents: int, text: str) -> None:
    assert amount_text(cents).decode() == text


def test_invalid_rates_and_counts_are_refused() -> None:
    with pytest.raises(InputInvalidError, match=r"bad_rows=1\.5"):
        Corruption(bad_rows=1.5)
    with pytest.raises(InputInvalidError, match="together"):
        replace(HEAVILY_CORRUPTED, bad_files=0.9)
    with pytest.raises(InputInvalidError, match="negative"):
        generate(accounts=-1, seed=1, with_labels=True)


def test_synthetic_statements_contain_no_real_row_and_no_real_account(bodies: list[bytes]) -> None:
    real = sorted(REAL_STATEMENTS.glob("*.csv"))
    if not real:
        pytest.skip(f"nothing to compare with: no real statements in {REAL_STATEMENTS}")
    real_lines = {line for path in real for line in path.read_bytes().splitlines()[1:]}
    real_accounts = {tuple(line.split(b";")[:6]) for line in real_lines}
    lines = [line for body in bodies for line in body.splitlines()[1:]]
    assert real_lines.isdisjoint(lines)
    assert real_accounts.isdisjoint(tuple(line.split(b";")[:6]) for line in lines)
    payments = {tuple(line.split(b";")[6:]) for line in real_lines}
    assert payments.isdisjoint(tuple(line.split(b";")[6:]) for line in lines)
