"""What a worker leaves for monitoring: named by the receipt, and never a reason to lose a label."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler import layout
from labeler.messages import OutputObject
from labeler.transactions import task
from labeler_local.emulator.faults import Fault
from tests.integration.worker.calls import is_receipt_put, is_sample_put
from tests.integration.worker.harness import Harness, Statements, Wait


def samples(harness: Harness) -> set[str]:
    return {key for key, _ in harness.stack.runs.sizes(f"{layout.SAMPLES}/")}


def table_of(harness: Harness, sample: OutputObject | None) -> pa.Table:
    assert sample is not None
    return pq.read_table(pa.BufferReader(harness.stack.runs.get(sample.key)))


def test_the_receipt_names_a_bounded_sample_of_features_and_labels(harness: Harness, statements: Statements) -> None:
    harness.send(harness.unit(statements))
    [receipt] = harness.work()
    table = table_of(harness, receipt.sample)
    assert table.column_names == [*task.feature_names, "label", "confidence", "weight"]
    assert receipt.sample is not None
    assert table.num_rows == receipt.sample.rows < receipt.rows_labeled
    assert set(table.column("label").to_pylist()) == set(receipt.label_counts)
    assert sum(table.column("weight").to_pylist()) == pytest.approx(receipt.rows_labeled, rel=1e-5)
    assert receipt.stage_s["sample"] > 0


def test_a_rerun_takes_the_same_sample(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    [first] = harness.work(block_bytes=30_000, max_file_bytes=30_000_000)
    harness.stack.runs.delete([layout.receipt_key(unit.run_id, unit.unit_id)])
    harness.send(unit)
    [again] = harness.work()
    assert first.sample == again.sample
    assert len(samples(harness)) == 1, "the key names the content"


def test_unit_is_labeled_when_its_sample_cannot_be_written(harness: Harness, statements: Statements) -> None:
    harness.stack.faults.add(Fault(is_sample_put, 403, "AccessDenied"))
    unit = harness.unit(statements)
    harness.send(unit)
    [receipt] = harness.work()
    assert receipt.sample is None
    assert receipt.rows_labeled == len(harness.rows(receipt.labels))
    assert "sample not written" in harness.log.getvalue()
    assert harness.is_empty


def test_loser_of_the_receipt_race_deletes_its_sample(harness: Harness, statements: Statements, wait: Wait) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    [own] = harness.work()
    winner = own.model_copy(update={"sample": None, "worker_id": "the winner"})
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    harness.stack.runs.delete([key, *samples(harness)])
    fault = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    harness.send(unit)

    with harness.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        assert len(samples(harness)) == 1
        assert harness.stack.runs.put_once(key, winner.to_json().encode())
        wait(lambda: harness.is_empty, what="the message is deleted")

    assert samples(harness) == set()
    assert own.labels is not None
    assert harness.outputs() == {own.labels.key}
