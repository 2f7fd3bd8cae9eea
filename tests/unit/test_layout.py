"""Keys are unique, readable, and distinguishable."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler import layout

RUN = "daily-2026-03-02"
runs = st.from_regex(r"[a-z0-9][a-z0-9.-]{0,40}", fullmatch=True)
units = st.integers(1, 99_999)


@given(runs, units)
def test_key_made_by_receipt_key_is_recognised_as_one(run_id: str, unit_id: int) -> None:
    key = layout.receipt_key(run_id, unit_id)
    assert layout.is_receipt_key(key)
    assert key.startswith(layout.receipts_prefix(run_id))


@given(runs, units, st.integers(1, 100))
def test_other_keys_of_a_run_are_not_receipt_keys(run_id: str, unit_id: int, number: int) -> None:
    for key in (
        layout.pins_key(run_id),
        layout.index_key(run_id),
        layout.slice_key(run_id, unit_id, "a" * 64),
        layout.failure_key(run_id, unit_id, number),
        layout.generation_key(run_id, number),
        layout.summary_key(run_id),
        layout.receipts_prefix(run_id),
    ):
        assert not layout.is_receipt_key(key)


@given(st.tuples(runs, units), st.tuples(runs, units))
def test_different_units_have_different_keys(one: tuple[str, int], other: tuple[str, int]) -> None:
    assert (layout.receipt_key(*one) == layout.receipt_key(*other)) == (one == other)
    assert (layout.failures_prefix(*one) == layout.failures_prefix(*other)) == (one == other)


@given(units, units)
def test_unit_keys_sort_by_unit_number(one: int, other: int) -> None:
    assert (layout.receipt_key(RUN, one) < layout.receipt_key(RUN, other)) == (one < other)


def test_prefix_of_a_run_or_unit_never_matches_another() -> None:
    assert not layout.receipt_key(f"{RUN}-2", 1).startswith(layout.receipts_prefix(RUN))
    assert not layout.failure_key(RUN, 12, 1).startswith(layout.failures_prefix(RUN, 1))


def test_run_id_is_unique_for_a_date_and_kind() -> None:
    assert layout.run_id(date(2026, 3, 2)) == RUN
    assert layout.run_id(date(2026, 3, 2), "backfill") != RUN


@pytest.mark.parametrize("kind", [layout.LABELS, layout.QUARANTINE])
def test_output_key_is_in_a_hive_partition_and_names_the_digest(kind: str) -> None:
    key = layout.output_key(kind, date(2026, 3, 2), RUN, 7, "0123456789ab" + "c" * 52)
    assert key == f"{kind}/day=2026-03-02/run={RUN}/unit-00007-0123456789ab.parquet"
    assert [folder.partition("=")[0] for folder in key.split("/")[1:3]] == list(layout.PARTITION_KEYS)
    assert key.startswith(layout.output_prefix(kind, date(2026, 3, 2), RUN))
