"""The event source mapping and the schedule, with a function that a test writes."""

import time
from typing import Any
from urllib.parse import quote_plus

import pytest

from labeler import layout
from labeler_local.emulator.functions import COMPLETION, TICK
from labeler_local.emulator.stack import LocalStack

RUN = "daily-2026-03-02"


class Recorder:
    """A completion function that keeps its events and returns a given response."""

    def __init__(self, answer: Any = None) -> None:
        self.events: list[Any] = []
        self.answer = answer

    def __call__(self, event: Any, _context: Any) -> Any:
        self.events.append(event)
        return self.answer(event) if callable(self.answer) else self.answer

    @property
    def bodies(self) -> list[str]:
        return [record["body"] for event in self.events for record in event["Records"]]


@pytest.fixture
def quiet(stack: LocalStack) -> LocalStack:
    """Without the test event that S3 sends first."""
    stack.functions.replace(COMPLETION, Recorder())
    assert stack.deliver_completions() == 1
    return stack


def _send(stack: LocalStack, *bodies: str) -> None:
    for body in bodies:
        stack.aws.sqs.send_message(QueueUrl=stack.resources.completion_queue.url, MessageBody=body)


def _left(stack: LocalStack) -> int:
    """Visible and in flight."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    url = stack.resources.completion_queue.url
    attributes = stack.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]  # type: ignore[arg-type]
    return sum(int(value) for value in attributes.values())


def test_receipt_event_has_the_shape_of_lambda_sqs_events(quiet: LocalStack) -> None:
    completion = Recorder()
    quiet.functions.replace(COMPLETION, completion)
    quiet.runs.put(layout.receipt_key(RUN, 1), b"{}")

    assert quiet.deliver_completions() == 1

    [record] = completion.events[0]["Records"]
    assert set(record) == {
        "messageId",
        "receiptHandle",
        "body",
        "attributes",
        "messageAttributes",
        "md5OfBody",
        "eventSource",
        "eventSourceARN",
        "awsRegion",
    }
    assert record["eventSource"] == "aws:sqs"
    assert record["eventSourceARN"] == quiet.resources.completion_queue.arn
    assert record["attributes"]["ApproximateReceiveCount"] == "1"
    assert record["attributes"]["SentTimestamp"].isdigit()
    assert quote_plus(layout.receipt_key(RUN, 1)) in record["body"]
    assert _left(quiet) == 0


def test_messages_are_delivered_in_batches_of_ten(quiet: LocalStack) -> None:
    completion = Recorder()
    quiet.functions.replace(COMPLETION, completion)
    _send(quiet, *(str(n) for n in range(23)))

    assert quiet.deliver_completions() == 23

    assert [len(event["Records"]) for event in completion.events] == [10, 10, 3]
    assert sorted(completion.bodies, key=int) == [str(n) for n in range(23)]
    assert _left(quiet) == 0


def test_only_failed_items_of_a_batch_are_redelivered(quiet: LocalStack) -> None:
    def fail_bad(event: Any) -> Any:
        bad = [record["messageId"] for record in event["Records"] if record["body"] == "bad"]
        return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in bad]}

    completion = Recorder(fail_bad)
    quiet.functions.replace(COMPLETION, completion)
    _send(quiet, "good", "bad", "fine")

    quiet.deliver_completions()
    assert _left(quiet) == 1
    assert quiet.deliver_completions() == 0, "it is not shown before its visibility timeout"

    completion.answer = None
    _wait_for_delivery(quiet)
    assert completion.bodies == ["good", "bad", "fine", "bad"]
    assert completion.events[-1]["Records"][0]["attributes"]["ApproximateReceiveCount"] == "2"
    assert _left(quiet) == 0


def _raise(_event: Any) -> Any:
    raise RuntimeError("the function fell over")


def test_exception_in_the_function_fails_the_whole_batch(quiet: LocalStack) -> None:
    quiet.functions.replace(COMPLETION, Recorder(_raise))
    _send(quiet, "one", "two")

    assert quiet.deliver_completions() == 2

    assert _left(quiet) == 2
    assert [str(failure.error) for failure in quiet.errors] == ["the function fell over"]


def test_tick_receives_a_scheduled_event(stack: LocalStack) -> None:
    ticks = Recorder({"runs": 0})
    stack.functions.replace(TICK, ticks)

    assert stack.tick() == {"runs": 0}

    assert ticks.events[0]["detail-type"] == "Scheduled Event"
    assert ticks.events[0]["source"] == "aws.events"
    assert ticks.events[0]["time"].endswith("Z")


def test_dispatch_continues_when_functions_raise(quiet: LocalStack) -> None:
    completion, ticks = Recorder(_raise), Recorder(_raise)
    quiet.functions.replace(COMPLETION, completion)
    quiet.functions.replace(TICK, ticks)
    _send(quiet, "one")

    quiet.start_dispatch()
    _wait(lambda: len(completion.events) >= 1 and len(ticks.events) >= 2)
    completion.answer = None
    _wait(lambda: _left(quiet) == 0)
    quiet.stop_dispatch()

    assert completion.bodies[:2] == ["one", "one"]
    assert {failure.function for failure in quiet.errors} == {COMPLETION, TICK}
    seen = len(ticks.events)
    time.sleep(0.5)
    assert len(ticks.events) == seen, "a stopped dispatch is silent"


def _wait_for_delivery(stack: LocalStack) -> None:
    _wait(lambda: stack.deliver_completions() > 0)


def _wait(is_so: Any, timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
