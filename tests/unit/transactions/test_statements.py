"""Reading raw statements: what becomes a row, and what is refused for which reason."""

from pathlib import Path

import numpy as np
import pytest

from labeler.task import FileReason, RawFile
from labeler.transactions.categories import CATEGORIES
from labeler.transactions.reasons import RowReason
from labeler.transactions.statements import read_statements
from labeler.transactions.table import StatementTable
from tests.unit.transactions.statement_files import COLUMNS, body, file, line, reasons, texts

REAL = Path(__file__).parents[4] / "shared" / "data" / "statements"


def test_good_row_is_parsed_into_typed_values() -> None:
    reading = read_statements([file(line(valor="1.784,13", cidade="S\u00c3O LUGAR             "))])
    table: StatementTable = reading.table
    assert reading.rejects == []
    assert table.amount.tolist() == [1784.13]
    assert texts(table.city) == ["SÃO LUGAR"]
    assert texts(table.state) == ["SP"]
    assert texts(table.day) == ["2019-12-04"]
    assert texts(table.account) == ["1,23E+11-201405"]
    assert (table.opened.tolist(), table.age.tolist()) == ([201405], [37])
    assert (table.credit_limit.tolist(), table.available_limit.tolist()) == ([4700.0], [5605.0])


def test_missing_amount_is_read_as_nan() -> None:
    reading = read_statements([file(line(valor=" -   "), line())])
    assert np.isnan(reading.table.amount).tolist() == [True, False]
    assert reading.rejects == []


def test_labels_are_decoded_as_mac_roman() -> None:
    columns = (*COLUMNS, "grupo_estabelecimento")
    rows = [f"{line()};{name}" for name in ("SERVI\u00c7O", "AUTO PE\u00c7AS")]
    raw = body(*rows, header=";".join(columns))
    assert b"SERVI\x82O" in raw
    reading = read_statements([RawFile("a", raw)], with_labels=True)
    assert texts(reading.table.category) == ["SERVIÇO", "AUTO PEÇAS"]


def test_unknown_category_is_rejected_in_training_and_ignored_in_labeling() -> None:
    raw = body(line() + ";NO SUCH", line() + ";VAREJO", header=";".join((*COLUMNS, "grupo_estabelecimento")))
    training = read_statements([RawFile("a", raw)], with_labels=True)
    assert reasons(training.rejects) == [(0, 1, 2, "grupo_estabelecimento", RowReason.CATEGORY)]
    assert len(read_statements([RawFile("a", raw)]).file_index) == 2


def test_files_with_reordered_or_labeled_columns_are_read_together() -> None:
    turned = tuple(reversed(COLUMNS))
    labeled = (*COLUMNS[:10], "grupo_estabelecimento", *COLUMNS[10:])
    rows = line().split(";")
    files = [
        file(line(valor="1")),
        RawFile("b", body(line(turned, valor="2"), header=";".join(turned))),
        RawFile("c", body(";".join((*rows[:10], "VAREJO", *rows[10:])), header=";".join(labeled))),
        file(line(valor="4")),
    ]
    reading = read_statements(files)
    assert reading.table.amount.tolist() == [1.0, 2.0, 31.0, 4.0]
    assert reading.file_index.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("changes", "column", "reason"),
    [
        ({"valor": "3.50"}, "valor", RowReason.NUMBER),
        ({"valor": ""}, "valor", RowReason.MISSING),
        ({"valor": "1e9"}, "valor", RowReason.NUMBER),
        ({"valor": "9999999999"}, "valor", RowReason.RANGE),
        ({"data": "31.02.2019"}, "data", RowReason.DATE),
        ({"data": "2019-02-01"}, "data", RowReason.DATE),
        ({"data": "1.01.1900"}, "data", RowReason.RANGE),
        ({"idade": "131"}, "idade", RowReason.RANGE),
        ({"idade": "x"}, "idade", RowReason.NUMBER),
        ({"id": "  "}, "id", RowReason.MISSING),
        ({"safra_abertura": "201413"}, "safra_abertura", RowReason.DATE),
        ({"limite_total": "-"}, "limite_total", RowReason.NUMBER),
        ({"pais_estabelecimento": "BRASIL"}, "pais_estabelecimento", RowReason.TEXT),
    ],
)
def test_bad_row_is_rejected_alone_with_line_column_and_reason(
    changes: dict[str, str], column: str, reason: str
) -> None:
    reading = read_statements([file(line()), file(line(), line(**changes), line())])
    assert reasons(reading.rejects) == [(1, 2, 3, column, reason)]
    assert list(zip(reading.file_index.tolist(), reading.row_number.tolist(), strict=True)) == [(0, 1), (1, 1), (1, 3)]


def test_row_with_wrong_field_count_is_rejected() -> None:
    reading = read_statements([file(line()), file(line(), "a;b", line() + ";more", line())])
    field_count = RowReason.FIELD_COUNT
    assert reasons(reading.rejects) == [(1, 2, 3, None, field_count), (1, 3, 4, None, field_count)]
    assert reading.rows_in == 5


@pytest.mark.parametrize(
    ("raw", "reason", "rows"),
    [
        (b"", FileReason.EMPTY, 0),
        (b" \r\n\r\n", FileReason.EMPTY, 0),
        (body(), FileReason.EMPTY, 0),
        (b"\xef\xbb\xbf" + body(line()), FileReason.NOT_DECODABLE, 0),
        (body(line(), encoding="utf-16"), FileReason.NOT_DECODABLE, 0),
        (b"\x1f\x8b\x08\x00garbage", FileReason.NOT_DECODABLE, 0),
        (body(line(), header=line()), FileReason.NO_HEADER, 2),
        (body(line(), line(), header=";".join(COLUMNS[:-1])), FileReason.UNKNOWN_HEADER, 2),
        (body(line(), header=";".join((*COLUMNS[:-1], COLUMNS[0]))), FileReason.UNKNOWN_HEADER, 1),
        (body(line(), line())[:-20], FileReason.TRUNCATED, 2),
    ],
)
def test_bad_file_is_rejected_alone_with_its_reason(raw: bytes, reason: str, rows: int) -> None:
    reading = read_statements([file(line()), RawFile("bad", raw), file(line())])
    assert [(r.file, r.row_number, r.reason, r.rows) for r in reading.rejects] == [(1, None, reason, rows)]
    assert reading.file_index.tolist() == [0, 2]


def test_file_with_several_accounts_keeps_them_apart() -> None:
    reading = read_statements([file(line(), line(safra_abertura="201001"), line(id="77"), line())])
    assert texts(reading.table.account) == ["1,23E+11-201405", "1,23E+11-201001", "77-201405", "1,23E+11-201405"]


def test_reading_no_good_file_gives_an_empty_table() -> None:
    assert len(read_statements([]).table) == 0
    assert len(read_statements([RawFile("a", b"")]).table) == 0


@pytest.mark.skipif(not REAL.is_dir(), reason="the real statements are not part of the project")
def test_all_rows_of_real_statements_are_read() -> None:
    files = [RawFile(path.name, path.read_bytes()) for path in sorted(REAL.glob("*.csv"))]
    reading = read_statements(files, with_labels=True)
    expected = sum(file.body.count(b"\n") - 1 for file in files)
    assert (len(reading.table), reading.rejects) == (expected, [])
    assert {"SERVIÇO", "AUTO PEÇAS"} <= set(texts(reading.table.category)) <= set(CATEGORIES)
    missing = sum(file.body.count(b"; -   ;") for file in files)
    assert missing > 0
    assert np.isnan(reading.table.amount).sum() == missing


def test_spellings_of_one_value_share_a_code() -> None:
    one, other = line(data="1.05.2019"), line(data="01.05.2019", id="1,23E+11 ", cidade_estabelecimento="VILA NOVA  ")
    table = read_statements([file(one, other)]).table
    for column in (table.day, table.account, table.place):
        assert column.codes[0] == column.codes[1]
