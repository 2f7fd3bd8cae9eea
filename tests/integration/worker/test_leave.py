"""A worker holds a unit as long as it works on it, and not a moment longer."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from labeler.worker.work_queue import WorkQueue
from labeler_local.emulator.faults import Call, Fault

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.integration.worker.conftest import Line

Statements = dict[str, bytes]
Wait = Callable[..., None]


def is_raw_get(call: Call) -> bool:
    return call.method == "GET" and call.path.startswith("/labeler-raw/")


def is_receipt_put(call: Call) -> bool:
    return call.method == "PUT" and "/receipts/" in call.path


def test_a_unit_that_takes_longer_than_its_visibility_stays_invisible(
    line: "Line", statements: Statements, wait: Wait
) -> None:
    unit = line.unit(statements)
    line.send(unit)
    # one thread: twelve files after each other take twice the visibility timeout
    line.stack.faults.add(Fault(is_raw_get, status=None, delay_s=0.5))

    with line.working(fetch_threads=1):
        wait(lambda: line.in_flight, what="the unit is taken")
        while line.receipt(unit) is None:
            assert line.visible == 0, "another worker could take it"
            time.sleep(0.05)

    receipt = line.receipt(unit)
    assert receipt is not None
    assert receipt.receive_count == 1
    assert receipt.stage_s["fetch"] > line.stack.worker_settings.visibility_timeout_s


def test_a_unit_that_hangs_is_not_defended_for_ever(line: "Line", statements: Statements, wait: Wait) -> None:
    unit = line.unit(statements)
    line.send(unit)
    line.stack.faults.add(Fault(is_raw_get, status=None, delay_s=0.7, times=len(statements)))

    with line.working(fetch_threads=1, unit_timeout_s=1):
        wait(lambda: line.in_flight, what="the unit is taken")
        wait(lambda: line.visible, what="the unit of the hanging worker shows again")
        assert line.receipt(unit) is None
        assert len(line.work()) == 1, "another worker got it"
        wait(lambda: line.is_empty, what="the queue is empty")


def test_on_drain_the_unit_in_work_is_finished_and_the_fetched_one_goes_back_at_once(
    line: "Line", statements: Statements, wait: Wait
) -> None:
    units = [line.unit(statements, unit_id) for unit_id in (1, 2)]
    line.send(*units)
    slow = line.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=8, times=1))

    with line.working() as (consumer, ended):
        wait(lambda: slow.hits and line.in_flight == 2, what="one unit is in work and one fetched")
        consumer.drain()
        wait(lambda: line.visible == 1, what="the fetched unit is back")
        assert not [unit for unit in units if line.receipt(unit)], "it waited for the unit in work"
        ended.result(30)

    assert len([unit for unit in units if line.receipt(unit)]) == 1
    assert (line.visible, line.in_flight) == (1, 0)
    assert [receipt.receive_count for receipt in line.work()] == [2]


def test_on_drain_a_unit_that_is_still_being_fetched_goes_back_at_once(
    line: "Line", statements: Statements, wait: Wait
) -> None:
    line.send(line.unit(statements))
    slow = line.stack.faults.add(Fault(is_raw_get, status=None, delay_s=8, times=4))

    with line.working() as (consumer, _):
        wait(lambda: slow.hits, what="the unit is being fetched")
        consumer.drain()
        began = time.monotonic()
        wait(lambda: line.visible == 1, what="the unit is back")
        assert time.monotonic() - began < 6, "it waited for the files"


def test_a_drain_that_takes_too_long_hands_the_unit_back(line: "Line", statements: Statements, wait: Wait) -> None:
    first, second = list(statements)[:2]
    unit = line.unit({name: statements[name] for name in (first, second)})
    line.send(unit)
    slow = line.stack.faults.add(
        Fault(lambda call: is_raw_get(call) and call.path.endswith(second), status=None, delay_s=9, times=1)
    )

    with line.working(block_bytes=1, drain_timeout_s=0.5) as (consumer, _):
        wait(lambda: slow.hits, what="the second block is being fetched")
        wait(lambda: consumer._processor.is_working, what="the first block is in work")
        consumer.drain()
        began = time.monotonic()
        wait(lambda: line.visible == 1, what="the unit is back")
        assert time.monotonic() - began < 7

    assert line.receipt(unit) is None
    assert [receipt.receive_count for receipt in line.work()] == [2]


def test_no_heartbeat_hides_a_message_that_was_handed_back(stack: "LocalStack", wait: Wait) -> None:
    url = stack.resources.work_queue.url
    for body in ("a", "b"):
        stack.aws.sqs.send_message(QueueUrl=url, MessageBody=body)
    settings = stack.worker_settings.model_copy(update={"visibility_timeout_s": 3})
    leases = WorkQueue(stack.aws, settings, Logger(service="test-leases"))
    held = [leases.receive(0), leases.receive(0)]
    beat = stack.faults.add(
        Fault(lambda call: call.action == "ChangeMessageVisibility", status=None, delay_s=1, times=1)
    )

    with leases:
        wait(lambda: beat.hits, what="the heartbeat of the first message is under way")
        last = held[1]
        assert last is not None
        leases.return_to_queue(last)
        time.sleep(1.5)  # the heartbeat comes to the second message
        shown = stack.aws.sqs.receive_message(QueueUrl=url).get("Messages", [])

    assert [message["Body"] for message in shown] == [last.body]


def test_an_idle_worker_leaves_when_it_was_told_to(line: "Line") -> None:
    assert line.work(idle_exit_s=0.3) == []


def test_a_worker_that_waits_for_files_is_not_idle(line: "Line", statements: Statements) -> None:
    line.send(line.unit(statements))
    line.stack.faults.add(Fault(is_raw_get, status=None, delay_s=1, times=1))

    assert [receipt.receive_count for receipt in line.work(idle_exit_s=0.2)] == [1]


def test_a_worker_that_cannot_reach_the_queue_keeps_trying(line: "Line", statements: Statements, wait: Wait) -> None:
    unit = line.unit(statements)
    line.send(unit)
    fault = line.stack.faults.add(Fault(lambda call: call.action == "ReceiveMessage", 500, "InternalError", times=1))

    with line.working(line.impatient):
        wait(lambda: fault.hits, what="the queue fails")
        wait(lambda: line.receipt(unit), what="the unit is labeled")
