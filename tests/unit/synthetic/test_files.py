"""Synthetic statements: the real format byte for byte, no real row, and the same bytes for the same seed."""

import re
from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from labeler_local.synthetic import (
    REJECTABLE,
    GroundTruth,
    generate,
    generate_with_ground_truth,
)
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


@pytest.fixture(scope="module")
def bodies() -> list[bytes]:
    return [body for _, body in generate(accounts=3 * BATCH, seed=7, with_labels=True)]


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


def test_dates_end_on_the_last_day_and_span_less_than_a_year() -> None:
    until = date(2026, 11, 22)
    text = b"".join(body for _, body in generate(accounts=60, seed=1, with_labels=False, until=until)).decode()
    days = {date(int(y), int(m), int(d)) for d, m, y in re.findall(r";(\d+)\.(\d\d)\.(\d{4});", text)}
    assert max(days) == until
    assert 340 <= (max(days) - min(days)).days < 350


def test_default_corruption_gives_no_bad_row(bodies: list[bytes]) -> None:
    statements = generate_with_ground_truth(accounts=50, seed=7, with_labels=True)
    assert [(s.body, s.ground_truth) for s in statements] == [
        (b, GroundTruth(rows=b.count(b"\r\n") - 1)) for b in bodies[:50]
    ]


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
