"""The vectorised screen and the contract of a row are one: each accepts exactly what the other accepts."""

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.transactions.reasons import RowReason
from labeler.transactions.schema import COLUMNS, NUMERIC, explain
from labeler.transactions.screening import screen_decimals, screen_values
from labeler.transactions.values import parse_amount, parse_decimal
from tests.unit.transactions.statement_files import GOOD

GOOD_ROW = {name.strip(): value for name, value in GOOD.items()}

number_like = st.one_of(
    st.from_regex(r"\A ?-?[0-9]{1,4}([.][0-9]{1,4}){0,2}(,[0-9]{0,3})? ?\Z"),
    st.integers(-(10**12), 10**12).map(str),
    st.sampled_from(
        [
            "",
            " ",
            "-",
            " -   ",
            "1.000",
            "3.50",
            "1,",
            ",5",
            "--1",
            "+1",
            "1e5",
            "nan",
            "inf",
            "1_0",
            "1000000000",
            "1000000000,01",
        ]
    ),
    st.text(alphabet="0123456789.,- ", max_size=8),
    st.text(max_size=4),
)
date_like = st.one_of(
    st.dates().map(lambda d: f"{d.day}.{d.month:02d}.{d.year:04d}"),
    st.text(alphabet="0123456789. ", max_size=11),
    st.sampled_from(["", "31.02.2019", "1.1.2019", "29.02.2020", "01.01.1989", "31.12.2100"]),
)


@given(st.sampled_from(NUMERIC), st.lists(number_like, min_size=1, max_size=20))
@settings(deadline=None, max_examples=300)
def test_screen_decimals_accepts_exactly_what_the_row_contract_accepts(column: str, values: list[str]) -> None:
    parsed, is_good = screen_decimals(column, pa.array(values, pa.string()))
    for text, value, good in zip(values, parsed, is_good, strict=True):
        fault = explain({**GOOD_ROW, column: text})
        assert good == (fault is None), (text, fault)
        if good and not np.isnan(value):
            assert value == parse_decimal(text)
        elif good:
            assert parse_amount(text) is None


@given(
    st.sampled_from([name for name in COLUMNS if name not in NUMERIC]),
    st.lists(st.one_of(number_like, date_like, st.text(max_size=70)), max_size=10),
)
@settings(deadline=None, max_examples=300)
def test_screen_values_accepts_exactly_what_the_row_contract_accepts(column: str, values: list[str]) -> None:
    _, is_good = screen_values(column, values)
    for text, good in zip(values, is_good, strict=True):
        fault = explain({**GOOD_ROW, column: text})
        assert good == (fault is None), (text, fault)
        assert fault is None or fault[0] == column


def test_explain_finds_no_fault_in_a_good_row() -> None:
    assert explain(GOOD_ROW) is None


def test_explain_names_the_first_fault_in_column_order() -> None:
    assert explain({**GOOD_ROW, "valor": "x", "idade": "x"}) == ("idade", RowReason.NUMBER)
