"""On drain a worker finishes the unit in work and returns what is only fetched at once."""

import time
from collections.abc import Sequence
from typing import Any

import pytest

from labeler.task import RawFile
from labeler.transactions import TransactionsTask
from labeler_local.emulator.faults import Fault
from tests.integration.worker.calls import is_raw_get, is_receipt_put
from tests.integration.worker.harness import Harness, Statements, Wait


def test_drain_finishes_the_unit_in_work_and_returns_the_fetched_one_at_once(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    units = [harness.unit(statements, unit_id) for unit_id in (1, 2)]
    harness.send(*units)
    slow = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=8, times=1))

    with harness.working() as (consumer, ended):
        wait(lambda: slow.hits and harness.in_flight == 2, what="one unit is in work and one fetched")
        consumer.drain()
        wait(lambda: harness.visible == 1, what="the fetched unit is back")
        assert not [unit for unit in units if harness.receipt(unit)], "it waited for the unit in work"
        ended.result(30)

    assert len([unit for unit in units if harness.receipt(unit)]) == 1
    assert (harness.visible, harness.in_flight) == (1, 0)
    assert [receipt.receive_count for receipt in harness.work()] == [2]


def test_drain_returns_a_unit_that_is_still_being_fetched_at_once(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    harness.send(harness.unit(statements))
    slow = harness.stack.faults.add(Fault(is_raw_get, status=None, delay_s=8, times=4))

    with harness.working() as (consumer, _):
        wait(lambda: slow.hits, what="the unit is being fetched")
        consumer.drain()
        began = time.monotonic()
        wait(lambda: harness.visible == 1, what="the unit is back")
        assert time.monotonic() - began < 6, "it waited for the files"


def test_drain_returns_a_unit_that_is_being_fetched_while_another_is_in_work(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    harness.send(harness.unit(statements, 1))
    in_work = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=8, times=1))

    with harness.working() as (consumer, _):
        wait(lambda: in_work.hits, what="the first unit is in work")
        harness.send(harness.unit(statements, 2))
        fetching = harness.stack.faults.add(Fault(is_raw_get, status=None, delay_s=8, times=4))
        wait(lambda: fetching.hits, what="the second unit is being fetched")
        consumer.drain()
        began = time.monotonic()
        wait(lambda: harness.visible == 1, what="the second unit is back")
        assert time.monotonic() - began < 6, "it waited for the unit in work or for the files"


def test_drained_worker_does_not_begin_the_unit_that_it_returned(
    harness: Harness, statements: Statements, wait: Wait, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, reads = TransactionsTask.read, []

    def counted(task: TransactionsTask, files: Sequence[RawFile], **options: Any) -> Any:
        reads.append(len(files))
        return read(task, files, **options)

    monkeypatch.setattr(TransactionsTask, "read", counted)
    harness.send(harness.unit(statements, 1), harness.unit(statements, 2))
    fetched = harness.stack.faults.add(Fault(is_raw_get, status=None))
    slow = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=3, times=1))

    with harness.working() as (consumer, ended):
        wait(lambda: slow.hits and fetched.hits == 2 * len(statements), what="one unit is in work and one fetched")
        consumer.drain()
        ended.result(30)

    assert reads == [len(statements)]
    assert (harness.visible, harness.in_flight) == (1, 0)


def test_drain_that_times_out_returns_the_unit_in_work(harness: Harness, statements: Statements, wait: Wait) -> None:
    first, second = list(statements)[:2]
    unit = harness.unit({name: statements[name] for name in (first, second)})
    harness.send(unit)
    slow = harness.stack.faults.add(
        Fault(lambda call: is_raw_get(call) and call.path.endswith(second), status=None, delay_s=9, times=1)
    )

    with harness.working(block_bytes=1, drain_timeout_s=0.5) as (consumer, _):
        wait(lambda: slow.hits, what="the second block is being fetched")
        wait(lambda: consumer._processor.is_working, what="the first block is in work")
        consumer.drain()
        began = time.monotonic()
        wait(lambda: harness.visible == 1, what="the unit is back")
        assert time.monotonic() - began < 7

    assert harness.receipt(unit) is None
    assert [receipt.receive_count for receipt in harness.work()] == [2]
