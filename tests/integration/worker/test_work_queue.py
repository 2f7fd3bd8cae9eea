"""A message stays invisible as long as its lease is held, and not a moment longer."""

import time
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from labeler.worker.lease import Lease
from labeler.worker.work_queue import WorkQueue
from labeler_local.emulator.faults import Call, Fault
from tests.integration.worker.calls import is_raw_get, is_receipt_put
from tests.integration.worker.harness import Harness, Statements, Wait

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_unit_in_work_longer_than_its_visibility_timeout_stays_invisible(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    # one thread: twelve files after each other take twice the visibility timeout
    harness.stack.faults.add(Fault(is_raw_get, status=None, delay_s=0.5))

    with harness.working(fetch_threads=1):
        wait(lambda: harness.in_flight, what="the unit is taken")
        while harness.receipt(unit) is None:
            assert harness.visible == 0, "another worker could take it"
            time.sleep(0.05)

    receipt = harness.receipt(unit)
    assert receipt is not None
    assert receipt.receive_count == 1
    assert receipt.stage_s["fetch"] > harness.stack.worker_settings.visibility_timeout_s


def test_unit_that_hangs_goes_to_another_worker_after_its_time_limit(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    harness.stack.faults.add(Fault(is_raw_get, status=None, delay_s=0.7, times=len(statements)))

    with harness.working(fetch_threads=1, unit_timeout_s=1):
        wait(lambda: harness.in_flight, what="the unit is taken")
        wait(lambda: harness.visible, what="the unit of the hanging worker shows again")
        assert harness.receipt(unit) is None
        assert len(harness.work()) == 1, "another worker got it"
        wait(lambda: harness.is_empty, what="the queue is empty")


def test_worker_that_hangs_receives_no_further_units(harness: Harness, statements: Statements, wait: Wait) -> None:
    """It would drop each of them at its time limit, and healthy units would become dead letters."""
    units = [harness.unit(statements, unit_id) for unit_id in (1, 2, 3)]
    harness.send(*units)
    # longer than the time limit and twice the visibility timeout
    harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=7, times=1))

    with harness.working(unit_timeout_s=1):
        wait(lambda: harness.is_empty, what="the worker goes on, and the queue is empty")

    receipts = [harness.receipt(unit) for unit in units]
    assert [receipt and receipt.receive_count for receipt in receipts] == [1, 1, 1]
    assert harness.dead == 0


def is_visibility_change(call: Call) -> bool:
    return call.action == "ChangeMessageVisibility"


def work_queue_of(stack: "LocalStack", *bodies: str) -> WorkQueue:
    """With so many messages; its heartbeat beats once a second."""
    settings = stack.worker_settings.model_copy(update={"visibility_timeout_s": 3})
    for body in bodies:
        stack.aws.sqs.send_message(QueueUrl=settings.work_queue_url, MessageBody=body)
    return WorkQueue(stack.aws, settings, Logger(service="test-work-queue"))


def received(work_queue: WorkQueue) -> Lease:
    lease = work_queue.receive(0)
    assert lease is not None
    return lease


def shown(stack: "LocalStack") -> list[str]:
    """What another worker would get now."""
    messages = stack.aws.sqs.receive_message(QueueUrl=stack.resources.work_queue.url, MaxNumberOfMessages=10)
    return [message["Body"] for message in messages.get("Messages", [])]


def test_heartbeat_does_not_hide_a_message_that_was_returned(stack: "LocalStack", wait: Wait) -> None:
    work_queue = work_queue_of(stack, "a", "b")
    received(work_queue)
    last = received(work_queue)
    beat = stack.faults.add(Fault(is_visibility_change, status=None, delay_s=1, times=1))

    with work_queue:
        wait(lambda: beat.hits, what="the heartbeat of the first message is under way")
        work_queue.return_to_queue(last)
        time.sleep(1.5)  # the heartbeat comes to the second message
        assert shown(stack) == [last.body]


def test_message_is_returned_after_the_extension_that_is_under_way(stack: "LocalStack", wait: Wait) -> None:
    work_queue = work_queue_of(stack, "a")
    lease = received(work_queue)
    beat = stack.faults.add(Fault(is_visibility_change, status=None, delay_s=1, times=1))

    with work_queue:
        wait(lambda: beat.hits, what="the heartbeat of the message is under way")
        work_queue.return_to_queue(lease)
        time.sleep(1.5)  # the extension is answered
        assert shown(stack) == ["a"]


def test_message_returned_twice_is_made_visible_once(stack: "LocalStack") -> None:
    work_queue = work_queue_of(stack, "a")
    lease = received(work_queue)
    returns = stack.faults.add(Fault(is_visibility_change, status=None))

    work_queue.return_to_queue(lease)
    work_queue.return_to_queue(lease)
    work_queue.drain()

    assert returns.hits == 1, "the second return could show a message that another worker holds"


def test_message_that_was_returned_is_not_deleted(stack: "LocalStack") -> None:
    work_queue = work_queue_of(stack, "a")
    lease = received(work_queue)

    work_queue.drain()
    work_queue.delete(lease, run_id="run", unit_id=1)

    assert shown(stack) == ["a"]


def test_message_received_after_the_drain_goes_back_at_once(stack: "LocalStack") -> None:
    work_queue = work_queue_of(stack, "a")
    work_queue.drain()

    assert work_queue.receive(0) is None

    assert shown(stack) == ["a"]


def test_closing_returns_the_unit_in_work(stack: "LocalStack") -> None:
    work_queue = work_queue_of(stack, "a")
    with work_queue:
        assert work_queue.leases.claim(received(work_queue))

    assert shown(stack) == ["a"]
