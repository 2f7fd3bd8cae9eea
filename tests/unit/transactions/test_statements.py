"""Reading raw statements: what is good, what is refused, and that nothing is lost between the two."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.task import FileReason, RawFile, Reject
from labeler.transactions.categories import CATEGORIES
from labeler.transactions.schema import RowReason
from labeler.transactions.statements import Coded, StatementTable, read_statements
from tests.unit.transactions.statement_files import COLUMNS, body, file, line


def texts(column: Coded) -> list[str]:
    return [column.values[code] for code in column.codes]


def reasons(rejects: list[Reject]) -> list[tuple[int, int | None, int | None, str | None, str]]:
    return [(r.file, r.row_number, r.line, r.column, str(r.reason)) for r in rejects]


def test_a_row_is_read_as_it_is_meant() -> None:
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


def test_a_missing_amount_is_kept_as_missing() -> None:
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


def test_an_unknown_category_is_refused_in_training_and_ignored_in_labeling() -> None:
    raw = body(line() + ";NO SUCH", line() + ";VAREJO", header=";".join((*COLUMNS, "grupo_estabelecimento")))
    training = read_statements([RawFile("a", raw)], with_labels=True)
    assert reasons(training.rejects) == [(0, 1, 2, "grupo_estabelecimento", RowReason.CATEGORY)]
    assert len(read_statements([RawFile("a", raw)]).file_index) == 2


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_kind_of_line_end_is_read(end: str) -> None:
    reading = read_statements([RawFile("a", body(line(), line(valor="2"), end=end))])
    assert (reading.table.amount.tolist(), reading.rejects) == ([31.0, 2.0], [])


def test_the_last_line_may_lack_its_end() -> None:
    reading = read_statements([RawFile("a", body(line(), line(valor="2")).rstrip(b"\r\n"))])
    assert reading.table.amount.tolist() == [31.0, 2.0]


def test_columns_may_come_in_another_order_and_with_labels_among_others() -> None:
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


def test_quoted_fields_are_resolved_and_lines_still_counted() -> None:
    quoted = line(cidade_estabelecimento='"BAR; ""X"""')
    spanning = line(cidade_estabelecimento='"TWO\nLINES"')
    reading = read_statements([file(quoted, spanning, line(idade="999"), end="\n")])
    assert texts(reading.table.place) == ['BAR  "X"', "TWO LINES"]
    assert reasons(reading.rejects) == [(0, 3, 5, "idade", RowReason.RANGE)]


def test_a_stray_quote_costs_at_most_its_own_row() -> None:
    reading = read_statements([file(line(cidade_estabelecimento='BAR "X'), *[line()] * 30), file(line(valor="7"))])
    assert reading.rejects == []
    assert len(reading.file_index) == 32
    assert texts(reading.table.place)[0] == 'BAR "X'


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
def test_a_bad_row_costs_a_row_and_says_where_and_why(changes: dict[str, str], column: str, reason: str) -> None:
    reading = read_statements([file(line()), file(line(), line(**changes), line())])
    assert reasons(reading.rejects) == [(1, 2, 3, column, reason)]
    assert list(zip(reading.file_index.tolist(), reading.row_number.tolist(), strict=True)) == [(0, 1), (1, 1), (1, 3)]


def test_a_row_with_another_number_of_fields_is_refused() -> None:
    reading = read_statements([file(line()), file(line(), "a;b", line() + ";more", line())])
    field_count = RowReason.FIELD_COUNT
    assert reasons(reading.rejects) == [(1, 2, 3, None, field_count), (1, 3, 4, None, field_count)]
    assert reading.rows_in == 5


def test_blank_lines_are_no_rows_but_lines() -> None:
    reading = read_statements([file(line()), file("", line(), "", line(idade="x"), ""), file(line())])
    assert reading.row_number.tolist() == [1, 1, 1]
    assert reasons(reading.rejects) == [(1, 2, 5, "idade", RowReason.NUMBER)]


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
def test_a_bad_file_costs_a_file(raw: bytes, reason: str, rows: int) -> None:
    reading = read_statements([file(line()), RawFile("bad", raw), file(line())])
    assert [(r.file, r.row_number, r.reason, r.rows) for r in reading.rejects] == [(1, None, reason, rows)]
    assert reading.file_index.tolist() == [0, 2]


def test_a_file_of_several_accounts_is_read_account_by_account() -> None:
    reading = read_statements([file(line(), line(safra_abertura="201001"), line(id="77"), line())])
    assert texts(reading.table.account) == ["1,23E+11-201405", "1,23E+11-201001", "77-201405", "1,23E+11-201405"]


def test_no_files_and_only_bad_files_give_an_empty_table() -> None:
    assert len(read_statements([]).table) == 0
    assert len(read_statements([RawFile("a", b"")]).table) == 0


hostile = st.one_of(
    st.binary(max_size=60),
    st.lists(
        st.sampled_from(
            [
                line(),
                line(valor="x"),
                "",
                "a;b",
                '"',
                line(cidade='"'),
                line(cidade='"a;b"'),
                line() + "\r",
                line() + ";",
                "\r",
            ]
        ),
        max_size=8,
    ).map(lambda lines: body(*lines)),
    st.lists(st.sampled_from([line(), ";", '"', "\n", "\r", "\x00", "x"]), max_size=8).map(
        lambda parts: body() + "".join(parts).encode("mac_roman")
    ),
)


@given(st.lists(hostile, max_size=5), st.integers(0, 5))
@settings(deadline=None)
def test_no_file_reaches_into_another(bodies: list[bytes], position: int) -> None:
    """Read together or alone, a file gives the same rows and rejects, whatever its neighbours hold."""
    bodies.insert(min(position, len(bodies)), body(line(valor="1"), line(valor="2")))
    together = read_statements([RawFile(str(i), raw) for i, raw in enumerate(bodies)])
    for index, raw in enumerate(bodies):
        alone = read_statements([RawFile(str(index), raw)])
        mine = together.file_index == index
        assert together.row_number[mine].tolist() == alone.row_number.tolist()
        np.testing.assert_array_equal(together.table.amount[mine], alone.table.amount)
        assert [r[1:] for r in together.rejects if r.file == index] == [r[1:] for r in alone.rejects]


@given(st.lists(hostile, max_size=6))
@settings(deadline=None)
def test_every_row_is_read_or_rejected_exactly_once(bodies: list[bytes]) -> None:
    reading = read_statements([RawFile(str(i), raw) for i, raw in enumerate(bodies)])
    records = [(int(f), int(n)) for f, n in zip(reading.file_index, reading.row_number, strict=True)]
    records += [(r.file, r.row_number) for r in reading.rejects if r.row_number is not None]
    assert len(records) == len(set(records))
    for index in range(len(bodies)):
        numbers = sorted(number for file_index, number in records if file_index == index)
        refused = [r for r in reading.rejects if r.file == index and r.row_number is None]
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(refused) == (0 if numbers else 1), "a file leaves rows, or one reject for all of it"


REAL = Path(__file__).parents[4] / "shared" / "data" / "statements"


@pytest.mark.skipif(not REAL.is_dir(), reason="the real statements are not part of the project")
def test_all_rows_of_the_real_statements_are_read() -> None:
    files = [RawFile(path.name, path.read_bytes()) for path in sorted(REAL.glob("*.csv"))]
    reading = read_statements(files, with_labels=True)
    expected = sum(file.body.count(b"\n") - 1 for file in files)
    assert (len(reading.table), reading.rejects) == (expected, [])
    assert {"SERVIÇO", "AUTO PEÇAS"} <= set(texts(reading.table.category)) <= set(CATEGORIES)
    missing = sum(file.body.count(b"; -   ;") for file in files)
    assert missing > 0
    assert np.isnan(reading.table.amount).sum() == missing


@pytest.mark.parametrize("stray", ['TV 42"', '"TV 42'])
def test_two_stray_quotes_do_not_swallow_the_rows_between_them(stray: str) -> None:
    rows = [line(valor=str(number)) for number in range(11)]
    rows[1] = line(valor="1", cidade_estabelecimento=stray)
    rows[9] = line(valor="9", cidade_estabelecimento=stray)
    reading = read_statements([file(*rows)])
    assert (reading.table.amount.tolist(), reading.rejects) == ([float(n) for n in range(11)], [])


@given(st.lists(st.sampled_from([line(), line(cidade='A"'), line(cidade='"A'), line(cidade='"A"'), "a;b"]), min_size=1))
@settings(deadline=None)
def test_every_physical_line_without_line_ends_in_quotes_is_a_row(lines: list[str]) -> None:
    """Counted without the reader: what it loses, it would also leave out of its own count."""
    reading = read_statements([file(*lines)])
    assert reading.rows_in == len(lines)


def test_a_field_longer_than_the_quote_parser_reads_costs_a_row() -> None:
    reading = read_statements([file(line(), line(cidade_estabelecimento='"' + "x" * 200_000 + '"'), line())])
    assert reasons(reading.rejects) == [(0, 2, 3, "cidade_estabelecimento", RowReason.TEXT)]


def test_what_is_written_in_two_ways_is_one_value() -> None:
    one, other = line(data="1.05.2019"), line(data="01.05.2019", id="1,23E+11 ", cidade_estabelecimento="VILA NOVA  ")
    table = read_statements([file(one, other)]).table
    for column in (table.day, table.account, table.place):
        assert column.codes[0] == column.codes[1]


def test_a_file_without_a_line_end_is_no_header_to_remember() -> None:
    reading = read_statements([RawFile("a", b";".join([b"x" * 100] * 1000))])
    assert [reject.reason for reject in reading.rejects] == [FileReason.NO_HEADER]
