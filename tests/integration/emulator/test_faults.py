"""Rules that break calls on purpose, seen from the clients that production code uses."""

import time

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from labeler_local.emulator.faults import Call, Fault
from labeler_local.emulator.stack import LocalStack


def _is_put(call: Call) -> bool:
    return call.service == "s3" and call.method == "PUT"


def _once(stack: LocalStack, service: str):
    """A client that does not try again."""
    session: boto3.Session = stack.aws.session
    return session.client(service, config=Config(retries={"total_max_attempts": 1, "mode": "standard"}))  # type: ignore[call-overload]


def test_s3_fault_returns_slow_down_the_given_number_of_times(stack: LocalStack) -> None:
    fault = stack.faults.add(Fault(_is_put, times=2))
    s3 = _once(stack, "s3")

    for _ in range(2):
        with pytest.raises(ClientError) as slow:
            s3.put_object(Bucket=stack.resources.runs_bucket, Key="models/a", Body=b"x" * 100_000)
        assert slow.value.response["Error"]["Code"] == "SlowDown"
        assert slow.value.response["ResponseMetadata"]["HTTPStatusCode"] == 503
    s3.put_object(Bucket=stack.resources.runs_bucket, Key="models/a", Body=b"x")

    assert fault.hits == 2


def test_client_retries_recover_from_one_slow_down(stack: LocalStack) -> None:
    fault = stack.faults.add(Fault(_is_put, times=1))

    stack.runs.put("models/a", b"x")

    assert fault.hits == 1
    assert stack.runs.get("models/a") == b"x"


def test_call_with_a_lost_response_takes_effect(stack: LocalStack) -> None:
    stack.faults.add(
        Fault(lambda call: call.action == "SendMessage", status=500, code="InternalError", is_applied=True)
    )
    url = stack.resources.work_queue.url

    with pytest.raises(ClientError) as lost:
        _once(stack, "sqs").send_message(QueueUrl=url, MessageBody="once")

    assert lost.value.response["Error"]["Code"] == "InternalError"
    assert [message["Body"] for message in stack.aws.sqs.receive_message(QueueUrl=url)["Messages"]] == ["once"]


def test_dynamodb_fault_returns_a_throttling_exception(stack: LocalStack) -> None:
    stack.faults.add(Fault(lambda call: call.service == "dynamodb", status=400, code="ThrottlingException"))

    with pytest.raises(ClientError) as throttled:
        _once(stack, "dynamodb").get_item(
            TableName=stack.resources.ledger_table, Key={"pk": {"S": "a"}, "sk": {"S": "b"}}
        )

    assert throttled.value.response["Error"]["Code"] == "ThrottlingException"


def test_delayed_call_is_answered_normally(stack: LocalStack) -> None:
    stack.faults.add(Fault(_is_put, status=None, delay_s=0.2))
    began = time.monotonic()

    stack.runs.put("models/a", b"x")

    assert time.monotonic() - began >= 0.2


def test_probability_faults_repeat_with_the_same_seed() -> None:
    call = Call("s3", "", "GET", "/a/b", "")

    def matches_with_seed(seed: int) -> list[bool]:
        fault = Fault(lambda _: True, probability=0.3, seed=seed)
        return [fault.applies(call) for _ in range(200)]

    assert matches_with_seed(1) == matches_with_seed(1)
    assert matches_with_seed(1) != matches_with_seed(2)
    assert 30 < sum(matches_with_seed(1)) < 90


def test_cleared_faults_no_longer_apply(stack: LocalStack) -> None:
    fault = stack.faults.add(Fault(lambda _: True))
    stack.faults.clear()

    stack.runs.put("models/a", b"x")

    assert fault.hits == 0
