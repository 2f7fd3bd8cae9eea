"""Samples of a run become one table in which each row stands for as many others."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.messages import OutputObject
from labeler.monitoring.references import find_reference, reference_bytes, write_reference
from labeler.monitoring.samples import Sample, evenly


def sample(weights: list[float], labels: list[str] | None = None) -> Sample:
    rows = len(weights)
    return Sample(
        pa.table(
            {
                "number": pa.array(np.arange(rows, dtype=np.float32)),
                "label": pa.array(labels or ["a"] * rows).dictionary_encode(),
                "confidence": pa.array(np.full(rows, 0.5, np.float32)),
                "weight": pa.array(np.array(weights, np.float32)),
            }
        )
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(st.floats(0.5, 1000), min_size=1, max_size=200), st.integers(1, 150))
def test_balanced_sample_draws_rows_in_proportion_to_their_weight(weights: list[float], rows: int) -> None:
    """Systematic sampling: each row's number is its expectation, rounded up or down."""
    balanced = sample(weights).balanced(rows)
    count = min(rows, len(weights))
    assert balanced.rows == count
    drawn = np.bincount(balanced.table.column("number").to_numpy().astype(int), minlength=len(weights))
    expected = count * np.array(weights) / sum(weights)
    assert (np.abs(drawn - expected) < 1 + 1e-3).all()


def test_balanced_sample_is_deterministic() -> None:
    one = sample([1.0, 5.0, 2.0] * 50)
    assert one.balanced(40).table.equals(one.balanced(40).table)


def test_label_shares_are_weighted() -> None:
    found = sample([90.0, 5.0, 5.0], ["common", "rare", "rare"]).label_shares()
    assert found == pytest.approx({"common": 0.9, "rare": 0.1})


def test_samples_of_a_large_run_are_taken_evenly_over_its_units() -> None:
    objects = [OutputObject(key=f"unit-{number:05d}", sha256="a" * 64, size_bytes=1, rows=1) for number in range(1500)]
    chosen = [int(output.key[-5:]) for output in evenly(objects, 400)]
    assert len(set(chosen)) == 400
    assert chosen == sorted(chosen)
    assert max(np.diff(chosen)) <= 4
    assert evenly(objects[:3], 400) == objects[:3]


class _Memory:
    """The few calls of a bucket that a reference needs."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def find(self, key: str) -> bytes | None:
        return self.objects.get(key)

    def put(self, key: str, body: bytes, _: str) -> None:
        self.objects[key] = body

    def put_once(self, key: str, body: bytes, _: str) -> bool:
        return self.objects.setdefault(key, body) is body


def test_a_reference_is_written_once_and_read_back_with_its_origin() -> None:
    bucket = _Memory()
    body = reference_bytes(sample([1.0, 2.0, 3.0]), origin="run r", rows=3, reject_share=0.25)
    assert write_reference(bucket, "a" * 64, body)  # type: ignore[arg-type]
    assert not write_reference(bucket, "a" * 64, body + b"x")  # type: ignore[arg-type]
    found = find_reference(bucket, "a" * 64)  # type: ignore[arg-type]
    assert found is not None
    assert (found.note.origin, found.note.reject_share, found.sample.rows) == ("run r", 0.25, 3)
    assert found.sample.feature_names == ("number",)
    assert find_reference(bucket, "b" * 64) is None  # type: ignore[arg-type]
