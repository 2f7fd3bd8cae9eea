"""The server in front of moto: silent, one at a time, and with queues that lose nothing."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import SettingsError
from labeler_local.emulator.server import Server
from labeler_local.emulator.stack import LocalStack, local_stack


def _slow(monkeypatch: pytest.MonkeyPatch, method: str) -> None:
    """moto's messages take their time over `method`, so that another call comes in between."""
    from moto.sqs.models import Message

    original = getattr(Message, method)

    def slow(*arguments: Any, **named: Any) -> Any:
        time.sleep(0.1)
        return original(*arguments, **named)

    monkeypatch.setattr(Message, method, slow)


def test_concurrent_deletes_delete_every_message(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    url, sqs = stack.resources.work_queue.url, stack.aws.sqs
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    handles = [m["ReceiptHandle"] for m in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]]
    _slow(monkeypatch, "had_receipt_handle")

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda handle: sqs.delete_message(QueueUrl=url, ReceiptHandle=handle), handles))

    in_flight = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessagesNotVisible"])
    assert in_flight["Attributes"] == {"ApproximateNumberOfMessagesNotVisible": "0"}


def test_one_of_two_concurrent_polls_receives_the_message(stack: LocalStack, monkeypatch: pytest.MonkeyPatch) -> None:
    url = stack.resources.work_queue.url
    stack.aws.sqs.send_message(QueueUrl=url, MessageBody="unit")
    _slow(monkeypatch, "mark_received")

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(lambda _: stack.aws.sqs.receive_message(QueueUrl=url), range(2)))

    assert sorted(len(answer.get("Messages", [])) for answer in answers) == [0, 1]


def test_long_poll_does_not_block_the_sender(stack: LocalStack) -> None:
    url = stack.resources.work_queue.url
    with ThreadPoolExecutor(1) as pool:
        poll = pool.submit(stack.aws.sqs.receive_message, QueueUrl=url, WaitTimeSeconds=5)
        time.sleep(0.1)
        stack.aws.sqs.send_message(QueueUrl=url, MessageBody="now")

        assert [message["Body"] for message in poll.result(timeout=2)["Messages"]] == ["now"]


def test_requests_print_nothing(stack: LocalStack, capfd: pytest.CaptureFixture[str]) -> None:
    stack.runs.put("models/a.tar", b"")
    stack.runs.has("models/b.tar")

    assert capfd.readouterr() == ("", "")


def test_second_server_in_a_process_is_refused(stack: LocalStack, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="has a local stack already"), local_stack(tmp_path / "second"):
        pass

    stack.runs.put("models/a.tar", b"")
    assert stack.runs.has("models/a.tar"), "the refused one leaves the first alone"


def test_taken_port_is_a_settings_error(stack: LocalStack, tmp_path: Path) -> None:
    port = int(stack.endpoint.rpartition(":")[2])

    with pytest.raises(SettingsError), local_stack(tmp_path / "second", port=port):
        pass


def test_missing_moto_error_hints_at_the_local_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.moto_server.werkzeug_app", None)

    with pytest.raises(SettingsError, match=r"pip install 'labeler\[local\]'"):
        Server().start()
