"""Scores become a verdict and metrics."""

from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.monitoring.drift.columns import CATEGORIES, CONFIDENCE, LABEL, NUMERIC, Column
from labeler.monitoring.drift.compare import Comparison
from labeler.monitoring.drift.verdict import MAX_FLAGS, flags_of, label_distance, verdict_fields
from labeler.monitoring.reports import ColumnDrift, DriftVerdict
from labeler.monitoring.thresholds import Thresholds
from tests.unit.monitoring.example_drift import REFERENCE
from tests.unit.monitoring.example_receipts import MIX
from tests.unit.monitoring.example_run import run_data

THRESHOLDS = Thresholds()
mixes = st.dictionaries(st.sampled_from("abcdef"), st.floats(0.01, 1), min_size=1).map(
    lambda mix: {name: share / sum(mix.values()) for name, share in mix.items()}
)


def comparison(*, confidence: float = 0.01, **scores: float) -> Comparison:
    by_column = {"amount": 0.01, "month": 0.01, **scores, LABEL: 0.01, CONFIDENCE: confidence}
    columns = tuple(
        Column(name, CATEGORIES if name == LABEL else NUMERIC, 0.15 if name == CONFIDENCE else 0.2)
        for name in by_column
    )
    return Comparison(SimpleNamespace(), columns, by_column)


def verdict_of(compared: Comparison, **summary: Any) -> dict[str, Any]:
    of_run = run_data(units=2).summary
    assert of_run is not None
    counts = {name: round(share * 1e6) for name, share in MIX.items()}
    usual = {"label_counts": counts, "rows_in": 1_000_000, "rows_quarantined": 1000}
    whole = sum(MIX.values())
    note = REFERENCE.model_copy(update={"label_shares": {name: share / whole for name, share in MIX.items()}})
    return dict(verdict_fields(compared, of_run.model_copy(update={**usual, **summary}), note, thresholds=THRESHOLDS))


def test_verdict_is_stable_when_nothing_drifted() -> None:
    fields = verdict_of(comparison())
    assert (fields["verdict"], fields["flags"]) == (DriftVerdict.STABLE, ())


@pytest.mark.parametrize(
    ("scores", "summary", "flag"),
    [
        ({"amount": 0.4}, {}, "amount: 0.4 from the reference"),
        ({"confidence": 0.3}, {}, "confidence of the label: 0.3 from the reference"),
        ({}, {"label_counts": {"VAREJO": 10}}, "mix of the labels"),
        ({}, {"rows_quarantined": 50_000}, "share of rejected rows: 0.049"),
    ],
    ids=["feature", "confidence", "labels", "rejects"],
)
def test_each_kind_of_drift_raises_its_own_flag(scores: Any, summary: Any, flag: str) -> None:
    fields = verdict_of(comparison(**scores), **summary)
    assert fields["verdict"] is DriftVerdict.DRIFTED
    assert len(fields["flags"]) == 1
    assert fields["flags"][0].startswith(flag)


def test_columns_that_are_not_watched_never_drift() -> None:
    assert verdict_of(comparison(month=5.0))["verdict"] is DriftVerdict.STABLE


def test_no_reject_drift_when_the_reference_has_no_reject_share() -> None:
    of_run = run_data(units=2).summary
    assert of_run is not None
    note = REFERENCE.model_copy(update={"reject_share": None, "label_shares": MIX})
    assert verdict_fields(comparison(), of_run, note, thresholds=THRESHOLDS)["rejects"] is None


def test_many_flags_are_cut_to_the_worst_and_a_count() -> None:
    columns = tuple(
        ColumnDrift(column=f"c{number}", method=NUMERIC, score=number / 10, threshold=0.2) for number in range(30)
    )
    flags = flags_of([], columns)
    assert len(flags) == MAX_FLAGS + 1
    assert flags[0].startswith("c29:")
    assert flags[-1] == "and 16 more columns"


@given(mixes, mixes)
def test_label_distance_is_symmetric_and_between_0_and_1(one: dict[str, float], other: Any) -> None:
    assert label_distance(one, other) == pytest.approx(label_distance(other, one))
    assert 0 <= label_distance(one, other) <= 1 + 1e-9
    assert label_distance(one, one) == pytest.approx(0, abs=1e-7)


def test_label_distance_of_disjoint_mixes_is_1() -> None:
    assert label_distance({"a": 1.0}, {"b": 1.0}) == pytest.approx(1)
