"""A worker takes units from the queue, labels them, and leaves when it is idle or the queue denies access."""

import hashlib

import pytest

from labeler.errors import AccessDeniedError
from labeler_local.emulator.faults import Fault
from tests.integration.worker.calls import is_raw_get
from tests.integration.worker.harness import Harness, Statements, Wait


def test_unit_is_labeled_its_receipt_written_and_its_message_deleted(harness: Harness, statements: Statements) -> None:
    unit = harness.unit({**statements, "empty.csv": b""})
    harness.send(unit)

    (receipt,) = harness.work()

    assert receipt == harness.receipt(unit)
    assert (receipt.files, receipt.files_rejected, receipt.size_bytes) == (13, 1, unit.size_bytes)
    assert receipt.rows_in == receipt.rows_labeled == sum(body.count(b"\n") - 1 for body in statements.values())
    assert (receipt.rejects, receipt.rejected_rows) == ({"file_empty": 1}, {"file_empty": 0})
    assert (receipt.model_version, receipt.model_sha256) == (unit.pins.model.version, unit.pins.model.sha256)
    assert (receipt.worker_id, receipt.receive_count) == ("here", 1)
    labels, quarantine = harness.rows(receipt.labels), harness.rows(receipt.quarantine)
    assert len({(row["file_key"], row["row_number"]) for row in labels}) == receipt.rows_labeled
    assert [row["file_key"].rpartition("/")[2] for row in quarantine] == ["empty.csv"]
    assert {row["model_version"] for row in labels} == {unit.pins.model.version}
    for output in (receipt.labels, receipt.quarantine):
        assert output is not None
        assert hashlib.sha256(harness.stack.labels.get(output.key)).hexdigest() == output.sha256
    assert harness.is_empty


def test_unit_in_many_blocks_gives_the_same_rows_as_in_one(harness: Harness, statements: Statements) -> None:
    whole, in_blocks = harness.unit(statements, 1), harness.unit(statements, 2)
    harness.send(whole)
    (one,) = harness.work()
    harness.send(in_blocks)
    (many,) = harness.work(block_bytes=30_000, predict_block_rows=100)

    assert many.labels is not None
    assert harness.rows(many.labels) == harness.rows(one.labels)
    assert (many.rows_in, many.label_counts) == (one.rows_in, one.label_counts)


def test_message_of_a_unit_with_a_receipt_is_deleted_without_work(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    (first,) = harness.work()
    reads = harness.stack.faults.add(Fault(lambda call: call.path.startswith("/labeler-raw/"), status=None))
    harness.send(unit, unit)

    assert harness.work() == []

    assert harness.is_empty
    assert reads.hits == 0
    assert harness.receipt(unit) == first


def test_idle_worker_exits_after_its_idle_time(harness: Harness) -> None:
    assert harness.work(idle_exit_s=0.3) == []


def test_a_worker_that_waits_for_files_is_not_idle(harness: Harness, statements: Statements) -> None:
    harness.send(harness.unit(statements))
    harness.stack.faults.add(Fault(is_raw_get, status=None, delay_s=1, times=1))

    assert [receipt.receive_count for receipt in harness.work(idle_exit_s=0.2)] == [1]


def test_worker_keeps_trying_when_the_queue_fails(harness: Harness, statements: Statements, wait: Wait) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    fault = harness.stack.faults.add(Fault(lambda call: call.action == "ReceiveMessage", 500, "InternalError", times=1))

    with harness.working(harness.aws_without_retries):
        wait(lambda: fault.hits, what="the queue fails")
        wait(lambda: harness.receipt(unit), what="the unit is labeled")


def test_worker_raises_when_the_queue_denies_access(harness: Harness) -> None:
    harness.stack.faults.add(Fault(lambda call: call.action == "ReceiveMessage", 403, "AccessDenied"))

    with pytest.raises(AccessDeniedError):
        harness.work()
