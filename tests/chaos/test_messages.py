"""Messages and events come twice, late and out of order."""

import random
from typing import TYPE_CHECKING, Any

from labeler_local.emulator.faults import Fault
from tests.chaos.day import Day, eventually, is_receipt_put
from tests.chaos.ground_truth import corrupted

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


def test_every_unit_delivered_twice_is_labeled_once(day: Day) -> None:
    day.land(corrupted(80, seed=21))
    # the time in which the second delivery may be taken for a unit that is not done
    racing = day.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=0.3))
    with day.paused_workers():
        day.start()
        for unit in reversed(day.units()):
            day.send(unit)

    day.reconciled()
    eventually(lambda: day.is_queue_empty, what="the second deliveries are acknowledged")

    assert racing.hits > len(day.units()), "no unit was in the hands of two workers at once"
    day.reconciled()


def test_completion_events_twice_and_out_of_order_are_counted_once(day: Day) -> None:
    stack = day.stack
    stack.stop_dispatch()
    day.land(corrupted(80, seed=22)).start()
    eventually(lambda: day.receipts() == len(day.units()), what="all units have their receipt")
    events = taken(day)
    random.Random(1).shuffle(events)
    for event in events + events[::-1] + events[:3]:
        stack.aws.sqs.send_message(QueueUrl=stack.resources.completion_queue.url, MessageBody=event["Body"])

    stack.deliver_completions()

    assert len(events) >= len(day.units())
    day.reconciled()


def test_tick_counts_receipts_whose_events_never_come(day: Day) -> None:
    stack = day.stack
    stack.stop_dispatch()
    day.land(corrupted(30, seed=23)).start()
    eventually(lambda: day.receipts() == len(day.units()), what="all units have their receipt")
    taken(day)

    stack.tick()

    day.reconciled()


def taken(day: Day) -> "list[MessageTypeDef]":
    """Every message of the completion queue, which is empty then."""
    sqs, url = day.stack.aws.sqs, day.stack.resources.completion_queue.url
    received: list[Any] = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        received += messages
    return received
