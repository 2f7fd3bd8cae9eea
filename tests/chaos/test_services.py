"""AWS throttles, fails, and takes effect without saying so."""

from collections.abc import Callable

from labeler_local.emulator.faults import Call, Fault
from tests.chaos.day import Day, is_receipt_put
from tests.chaos.ground_truth import corrupted


def is_s3_call(*methods: str) -> Callable[[Call], bool]:
    return lambda call: call.service == "s3" and call.method in methods


def is_action(name: str) -> Callable[[Call], bool]:
    return lambda call: call.action == name


def test_no_row_is_lost_when_every_process_is_throttled(day: Day) -> None:
    gets = day.stack.faults.add(Fault(is_s3_call("GET"), probability=0.1))
    puts = day.stack.faults.add(Fault(is_s3_call("PUT", "HEAD"), probability=0.1, seed=1))
    day.land(corrupted(60, seed=31)).start()

    day.reconciled()

    assert gets.hits >= 5
    assert puts.hits >= 1


def test_no_row_is_lost_or_doubled_when_answers_are_lost(day: Day) -> None:
    lost = [
        day.stack.faults.add(Fault(matches, 500, "InternalError", probability=0.4, is_applied=True, seed=seed))
        for seed, matches in enumerate(
            (is_receipt_put, is_action("DeleteMessage"), is_action("TransactWriteItems"), is_action("SendMessageBatch"))
        )
    ]
    day.land(corrupted(60, seed=32)).start()

    day.reconciled()

    *often, _ = lost
    assert min(fault.hits for fault in often) >= 1
