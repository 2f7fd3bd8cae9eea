"""Worker processes are killed or terminated in the middle of a unit."""

import signal
from typing import TYPE_CHECKING

import pytest

from labeler_local.emulator.faults import Call, Fault
from tests.chaos.day import Calendar, Day, eventually, is_raw_get, is_receipt_put
from tests.chaos.ground_truth import corrupted

if TYPE_CHECKING:
    from labeler_local.emulator.workers import Worker


def is_delete(call: Call) -> bool:
    return call.service == "sqs" and call.action == "DeleteMessage"


@pytest.fixture(scope="module", autouse=True)
def _spare_workers(calendar: Calendar) -> None:
    """Started together, since each of these tests uses up one or two."""
    calendar.stack.start_workers(5 - len(calendar.stack.workers.running()))


def in_the_middle(day: Day) -> "list[Worker]":
    """The workers, once each of them has a unit in hand."""
    workers = day.stack.workers.running()
    eventually(lambda: day.in_flight >= len(workers), what="every worker has a unit")
    return workers


@pytest.mark.parametrize(
    ("fault", "has_outputs", "has_receipts"),
    [
        pytest.param(Fault(is_raw_get, status=None, delay_s=3.0), False, False, id="while it fetches"),
        pytest.param(Fault(is_receipt_put, delay_s=1.5), True, False, id="between outputs and receipt"),
        pytest.param(Fault(is_delete, delay_s=1.5), True, True, id="between receipt and the end of its message"),
    ],
)
def test_no_row_is_lost_or_doubled_when_a_worker_is_killed_in_the_middle_of_a_unit(
    day: Day, fault: Fault, has_outputs: bool, has_receipts: bool
) -> None:
    stack = day.stack
    # all workers come to a stand in the same call; while the fault is there none gets past it
    stuck = stack.faults.add(fault)
    day.land(corrupted(60, seed=11)).start()
    victim, *others = in_the_middle(day)
    eventually(lambda: stuck.hits > len(others), what="all workers are stuck")
    outputs = [key for key, _ in stack.labels.sizes("") if day.run_id in key]
    assert (bool(outputs), day.receipts() > 0) == (has_outputs, has_receipts)

    stack.workers.kill(victim.index, signal.SIGKILL)
    stack.faults.clear()

    assert victim.process.returncode == -signal.SIGKILL
    day.reconciled()
    eventually(lambda: day.is_queue_empty, what="the killed worker's message is gone, too")


def test_new_workers_finish_the_run_when_the_old_ones_get_sigterm(day: Day) -> None:
    stack = day.stack
    stack.faults.add(Fault(is_raw_get, status=None, delay_s=1.0))
    day.land(corrupted(60, seed=12)).start()
    leaving = in_the_middle(day)
    eventually(day.receipts, what="the first unit is done")

    for worker in leaving:
        stack.workers.kill(worker.index, signal.SIGTERM)

    assert {worker.process.wait(60) for worker in leaving} == {0}
    assert day.receipts() < len(day.units()), "nothing was left to those that come"
    assert day.in_flight == 0, "a unit was not returned to the queue"
    stack.faults.clear()
    stack.start_workers(1)
    day.reconciled()
