"""The bounded sample of a unit: always the same rows, every category, and weights that add up."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labeler.models.predict import Predictions
from labeler.task import Reading
from labeler.worker.outputs import Sealed
from labeler.worker.sample import ROWS, ROWS_PER_CATEGORY, UnitSample, row_hashes, sample_rows

CATEGORIES = ("common", "rare", "rarest")
FEATURES = ("number", "half")


def rows_of_files(files: Sequence[int], *, first: int = 0) -> tuple[list[str], Reading, Predictions, np.ndarray]:
    """Files of so many rows; one row in 50 is rare, the very first of each tenth file is of the rarest category."""
    keys = [f"landing/{first + number}.csv" for number in range(len(files))]
    file_index = np.repeat(np.arange(len(files), dtype=np.int32), files)
    row_number = np.concatenate([np.arange(1, rows + 1) for rows in files]).astype(np.int32)
    label = (row_number % 50 == 7).astype(np.int32)
    label[(row_number == 1) & ((file_index + first) % 10 == 0)] = 2
    confidence = (row_number % 7 / 10).astype(np.float32)
    matrix = np.column_stack([row_number, row_number / 2]).astype(np.float32)
    predictions = Predictions(label, confidence, label, confidence)
    return keys, Reading(table=None, file_index=file_index, row_number=row_number, identity={}), predictions, matrix


def sampled(*blocks: tuple[list[str], Reading, Predictions, np.ndarray]) -> Sealed:
    sample, counts = UnitSample(FEATURES, CATEGORIES), np.zeros(len(CATEGORIES), np.int64)
    for keys, reading, predictions, matrix in blocks:
        sample.add(sample_rows(keys, reading, predictions, matrix, categories=len(CATEGORIES)))
        counts += np.bincount(predictions.label, minlength=len(CATEGORIES))
    sealed = sample.seal(counts)
    assert sealed is not None
    return sealed


def table_of(sealed: Sealed) -> pa.Table:
    return pq.read_table(pa.BufferReader(sealed.body))


def test_a_sample_is_bounded_however_large_the_unit_is() -> None:
    assert sampled(rows_of_files([700] * 200)).rows <= ROWS + len(CATEGORIES) * ROWS_PER_CATEGORY


def test_sample_holds_every_category_even_one_with_few_rows() -> None:
    labels = table_of(sampled(rows_of_files([700] * 40))).column("label").to_pylist()
    assert labels.count("rarest") == ROWS_PER_CATEGORY
    assert labels.count("rare") >= ROWS_PER_CATEGORY


def test_weights_of_a_category_add_up_to_its_rows() -> None:
    table = table_of(sampled(rows_of_files([700] * 40)))
    rows = table.select(["label", "weight"]).to_pylist()
    total = {name: sum(row["weight"] for row in rows if row["label"] == name) for name in CATEGORIES}
    assert total == pytest.approx({"common": 28_000 - 560 - 4, "rare": 560, "rarest": 4}, rel=1e-4)


def test_sample_of_a_small_unit_is_all_its_rows() -> None:
    table = table_of(sampled(rows_of_files([30, 40])))
    assert table.num_rows == 70
    assert set(table.column("weight").to_pylist()) == {1.0}


def test_sample_holds_only_features_label_confidence_and_weight() -> None:
    """No name of a file, no account, no value as it stood in the statement."""
    table = table_of(sampled(rows_of_files([700] * 5)))
    assert table.column_names == [*FEATURES, "label", "confidence", "weight"]
    number, half = (table.column(name).to_numpy() for name in FEATURES)
    assert (half == number / 2).all(), "the columns of a row stay together"
    assert (table.column("confidence").to_numpy() == (number % 7 / 10).astype(np.float32)).all()


@settings(deadline=None, max_examples=25)
@given(st.lists(st.integers(1, 120), min_size=2, max_size=12), st.data())
def test_blocks_in_any_order_give_the_same_bytes(files: list[int], data: st.DataObject) -> None:
    cut = data.draw(st.integers(1, len(files) - 1))
    one, other = rows_of_files(files[:cut]), rows_of_files(files[cut:], first=cut)
    assert sampled(one, other) == sampled(other, one) == sampled(rows_of_files(files))


def test_hashes_spread_evenly_and_follow_key_and_row() -> None:
    keys, reading, _, _ = rows_of_files([500] * 100)
    hashes = row_hashes(keys, reading.file_index, reading.row_number)
    assert len(np.unique(hashes)) == len(hashes)
    per_tenth = np.bincount((hashes >> np.uint64(60)).astype(int), minlength=16)
    assert per_tenth == pytest.approx(np.full(16, 50_000 / 16), rel=0.06)
    assert row_hashes(["a"], np.zeros(1, np.int32), np.ones(1, np.int32)) != row_hashes(
        ["b"], np.zeros(1, np.int32), np.ones(1, np.int32)
    )


def test_a_unit_without_labels_has_no_sample() -> None:
    assert UnitSample(FEATURES, CATEGORIES).seal(np.zeros(3, np.int64)) is None
