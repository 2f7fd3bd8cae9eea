"""Samples of a run become one table in which each row stands for as many others."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.messages import OutputObject
from labeler.monitoring.drift.samples import evenly
from tests.unit.monitoring.example_samples import weighted_sample


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0.5, 1000), min_size=1, max_size=200), st.integers(1, 150))
def test_balanced_sample_draws_rows_in_proportion_to_their_weight(weights: list[float], rows: int) -> None:
    """Systematic sampling: each row's number is its expectation, rounded up or down."""
    balanced = weighted_sample(weights).balanced(rows)
    count = min(rows, len(weights))
    assert balanced.rows == count
    drawn = np.bincount(balanced.table.column("number").to_numpy().astype(int), minlength=len(weights))
    expected = count * np.array(weights) / sum(weights)
    assert (np.abs(drawn - expected) < 1 + 1e-3).all()


def test_balanced_sample_is_deterministic() -> None:
    one = weighted_sample([1.0, 5.0, 2.0] * 50)
    assert one.balanced(40).table.equals(one.balanced(40).table)


def test_label_shares_are_weighted() -> None:
    shares = weighted_sample([90.0, 5.0, 5.0], ["common", "rare", "rare"]).label_shares()
    assert shares == pytest.approx({"common": 0.9, "rare": 0.1})


def test_samples_of_a_large_run_are_taken_evenly_over_its_units() -> None:
    objects = [OutputObject(key=f"unit-{number:05d}", sha256="a" * 64, size_bytes=1, rows=1) for number in range(1500)]
    chosen = [int(output.key[-5:]) for output in evenly(objects, 400)]
    assert len(set(chosen)) == 400
    assert chosen == sorted(chosen)
    assert max(np.diff(chosen)) <= 4
    assert evenly(objects[:3], 400) == objects[:3]
