"""Line endings, blank lines and quotes: how lines of a file become rows."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.task import FileReason, RawFile
from labeler.transactions.reasons import RowReason
from labeler.transactions.statements import read_statements
from tests.unit.transactions.statement_files import body, file, line, reasons, texts


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
def test_every_line_ending_is_read(end: str) -> None:
    reading = read_statements([RawFile("a", body(line(), line(valor="2"), end=end))])
    assert (reading.table.amount.tolist(), reading.rejects) == ([31.0, 2.0], [])


def test_last_line_without_a_line_ending_is_read() -> None:
    reading = read_statements([RawFile("a", body(line(), line(valor="2")).rstrip(b"\r\n"))])
    assert reading.table.amount.tolist() == [31.0, 2.0]


def test_file_without_a_line_ending_is_rejected_for_its_header() -> None:
    reading = read_statements([RawFile("a", b";".join([b"x" * 100] * 1000))])
    assert [reject.reason for reject in reading.rejects] == [FileReason.NO_HEADER]


def test_blank_lines_are_not_rows_but_count_as_lines() -> None:
    reading = read_statements([file(line()), file("", line(), "", line(idade="x"), ""), file(line())])
    assert reading.row_number.tolist() == [1, 1, 1]
    assert reasons(reading.rejects) == [(1, 2, 5, "idade", RowReason.NUMBER)]


def test_quoted_fields_are_unquoted_and_line_numbers_stay_physical() -> None:
    quoted = line(cidade_estabelecimento='"BAR; ""X"""')
    spanning = line(cidade_estabelecimento='"TWO\nLINES"')
    reading = read_statements([file(quoted, spanning, line(idade="999"), end="\n")])
    assert texts(reading.table.place) == ['BAR  "X"', "TWO LINES"]
    assert reasons(reading.rejects) == [(0, 3, 5, "idade", RowReason.RANGE)]


def test_stray_quote_affects_at_most_its_own_row() -> None:
    reading = read_statements([file(line(cidade_estabelecimento='BAR "X'), *[line()] * 30), file(line(valor="7"))])
    assert reading.rejects == []
    assert len(reading.file_index) == 32
    assert texts(reading.table.place)[0] == 'BAR "X'


@pytest.mark.parametrize("stray", ['TV 42"', '"TV 42'])
def test_two_stray_quotes_do_not_swallow_the_rows_between_them(stray: str) -> None:
    rows = [line(valor=str(number)) for number in range(11)]
    rows[1] = line(valor="1", cidade_estabelecimento=stray)
    rows[9] = line(valor="9", cidade_estabelecimento=stray)
    reading = read_statements([file(*rows)])
    assert (reading.table.amount.tolist(), reading.rejects) == ([float(n) for n in range(11)], [])


def test_field_too_long_for_the_csv_module_costs_its_row_only() -> None:
    reading = read_statements([file(line(), line(cidade_estabelecimento='"' + "x" * 200_000 + '"'), line())])
    assert reasons(reading.rejects) == [(0, 2, 3, "cidade_estabelecimento", RowReason.TEXT)]


@given(st.lists(st.sampled_from([line(), line(cidade='A"'), line(cidade='"A'), line(cidade='"A"'), "a;b"]), min_size=1))
@settings(deadline=None)
def test_every_physical_line_is_a_row_unless_a_quoted_field_spans_lines(lines: list[str]) -> None:
    """Counted without the reader: what it loses, it would also leave out of its own count."""
    reading = read_statements([file(*lines)])
    assert reading.rows_in == len(lines)
