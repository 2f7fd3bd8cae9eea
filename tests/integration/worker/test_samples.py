"""What a worker leaves for monitoring: named by the receipt, and never a reason to lose a label."""

from collections.abc import Callable

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labeler import layout
from labeler.messages import OutputObject
from labeler.transactions import task
from labeler_local.emulator.faults import Call, Fault
from tests.integration.worker.conftest import Line


def is_sample_put(call: Call) -> bool:
    return call.method == "PUT" and "/samples/" in call.path


def is_receipt_put(call: Call) -> bool:
    return call.method == "PUT" and "/receipts/" in call.path


def samples(line: Line) -> set[str]:
    return {key for key, _ in line.stack.runs.sizes(f"{layout.SAMPLES}/")}


def table_of(line: Line, sample: OutputObject | None) -> pa.Table:
    assert sample is not None
    return pq.read_table(pa.BufferReader(line.stack.runs.get(sample.key)))


def test_the_receipt_names_a_bounded_sample_of_features_and_labels(line: Line, statements: dict[str, bytes]) -> None:
    line.send(line.unit(statements))
    [receipt] = line.work()
    table = table_of(line, receipt.sample)
    assert table.column_names == [*task.feature_names, "label", "confidence", "weight"]
    assert receipt.sample is not None
    assert table.num_rows == receipt.sample.rows < receipt.rows_labeled
    assert set(table.column("label").to_pylist()) == set(receipt.label_counts)
    assert sum(table.column("weight").to_pylist()) == pytest.approx(receipt.rows_labeled, rel=1e-5)
    assert receipt.stage_s["sample"] > 0


def test_a_rerun_takes_the_same_sample(line: Line, statements: dict[str, bytes]) -> None:
    unit = line.unit(statements)
    line.send(unit)
    [first] = line.work(block_bytes=30_000, max_file_bytes=30_000_000)
    line.stack.runs.delete([layout.receipt_key(unit.run_id, unit.unit_id)])
    line.send(unit)
    [again] = line.work()
    assert first.sample == again.sample
    assert len(samples(line)) == 1, "the key names the content"


def test_a_sample_that_can_t_be_written_costs_no_label(line: Line, statements: dict[str, bytes]) -> None:
    line.stack.faults.add(Fault(is_sample_put, 403, "AccessDenied"))
    unit = line.unit(statements)
    line.send(unit)
    [receipt] = line.work()
    assert receipt.sample is None
    assert receipt.rows_labeled == len(line.rows(receipt.labels))
    assert "sample not written" in line.log.getvalue()
    assert line.is_empty


def test_of_an_attempt_that_loses_the_race_no_sample_stays(
    line: Line, statements: dict[str, bytes], wait: Callable[..., None]
) -> None:
    unit = line.unit(statements)
    line.send(unit)
    [own] = line.work()
    winner = own.model_copy(update={"sample": None, "worker_id": "the winner"})
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    line.stack.runs.delete([key, *samples(line)])
    fault = line.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    line.send(unit)

    with line.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        assert len(samples(line)) == 1
        assert line.stack.runs.put_once(key, winner.to_json().encode())
        wait(lambda: line.is_empty, what="the message is deleted")

    assert samples(line) == set()
    assert own.labels is not None
    assert line.outputs() == {own.labels.key}
