"""Rejects by reason, and the mix of the labels."""

import pytest

from labeler.monitoring.run_report.rows import label_mix, reject_counts
from tests.unit.monitoring.example_drift import drift_report
from tests.unit.monitoring.example_receipts import MIX
from tests.unit.monitoring.example_run import EXAMPLES, run_data


def test_rejects_are_sorted_by_lost_rows_and_carry_their_examples() -> None:
    counts = reject_counts(run_data(units=4))
    assert [(one.reason, one.rows, one.records) for one in counts] == [
        ("file_truncated", 680, 4),
        ("row_not_a_date", 36, 36),
        ("row_out_of_range", 20, 20),
    ], "what cost most rows comes first"
    assert counts[1].examples == EXAMPLES["row_not_a_date"]
    assert counts[2].examples == []


def test_label_mix_is_compared_with_the_previous_run_and_the_reference() -> None:
    reference = drift_report().reference
    assert reference is not None
    other = drift_report(reference=reference.model_copy(update={"label_shares": {"VAREJO": 1.0}}))
    mix = {one.category: one for one in label_mix(run_data(units=4, drift=other))}
    assert mix["SERVIÇO"].share == pytest.approx(0.36 / sum(MIX.values()), abs=1e-4)
    assert mix["SERVIÇO"].previous == pytest.approx(0.36 / sum(MIX.values()), abs=1e-4)
    assert (mix["SERVIÇO"].reference, mix["VAREJO"].reference) == (0.0, 1.0)
    alone = label_mix(run_data(units=4, drift=None, previous=None))
    assert {(one.previous, one.reference) for one in alone} == {(None, None)}


def test_rare_categories_are_summed_into_one_entry() -> None:
    data = run_data(units=2)
    many = {f"C{number:02d}": 100 - number for number in range(20)}
    receipts = [one.model_copy(update={"label_counts": many}) for one in data.receipts]
    mix = label_mix(run_data(units=2, receipts=receipts))
    assert (len(mix), mix[-1].category) == (11, "all others")
    assert sum(one.share for one in mix) == pytest.approx(1)
    assert sum(one.previous or 0 for one in mix) == pytest.approx(1)
