"""Message move tasks through boto3, as a redrive uses them."""

import pytest
from botocore.exceptions import ClientError

from labeler_local.emulator.stack import LocalStack


def _send_dead(stack: LocalStack, *bodies: str) -> None:
    for body in bodies:
        stack.aws.sqs.send_message(
            QueueUrl=stack.resources.dead_letter_queue.url,
            MessageBody=body,
            MessageAttributes={"run_id": {"DataType": "String", "StringValue": "daily-2026-03-02"}},
        )


def _receive(stack: LocalStack, url: str) -> list:
    return stack.aws.sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=10,
        MessageSystemAttributeNames=["ApproximateReceiveCount"],
        MessageAttributeNames=["All"],
    ).get("Messages", [])


def test_dead_letters_move_back_to_their_source_queue(stack: LocalStack) -> None:
    _send_dead(stack, "unit 1", "unit 2")
    arn = stack.resources.dead_letter_queue.arn

    handle = stack.aws.sqs.start_message_move_task(SourceArn=arn)["TaskHandle"]

    assert handle
    moved = _receive(stack, stack.resources.work_queue.url)
    assert sorted(message["Body"] for message in moved) == ["unit 1", "unit 2"]
    assert {message["Attributes"]["ApproximateReceiveCount"] for message in moved} == {"1"}
    assert moved[0]["MessageAttributes"]["run_id"]["StringValue"] == "daily-2026-03-02"
    assert _receive(stack, stack.resources.dead_letter_queue.url) == []


def test_list_message_move_tasks_reports_progress_newest_first(stack: LocalStack) -> None:
    _send_dead(stack, "unit 1", "unit 2", "unit 3")
    arn = stack.resources.dead_letter_queue.arn
    stack.aws.sqs.start_message_move_task(SourceArn=arn, DestinationArn=stack.resources.completion_queue.arn)
    stack.aws.sqs.start_message_move_task(SourceArn=arn)

    newest, first = stack.aws.sqs.list_message_move_tasks(SourceArn=arn, MaxResults=10)["Results"]

    assert newest["ApproximateNumberOfMessagesMoved"] == 0
    assert first["Status"] == "COMPLETED"
    assert first["ApproximateNumberOfMessagesMoved"] == 3
    assert first["DestinationArn"] == stack.resources.completion_queue.arn
    assert len(stack.aws.sqs.list_message_move_tasks(SourceArn=arn)["Results"]) == 1


def test_dead_letter_in_flight_is_not_moved(stack: LocalStack) -> None:
    _send_dead(stack, "unit 1")
    assert len(_receive(stack, stack.resources.dead_letter_queue.url)) == 1

    stack.aws.sqs.start_message_move_task(SourceArn=stack.resources.dead_letter_queue.arn)

    assert _receive(stack, stack.resources.work_queue.url) == []


@pytest.mark.parametrize(
    ("queue", "code"), [("work_queue", "InvalidParameterValue"), ("nowhere", "ResourceNotFoundException")]
)
def test_move_is_refused_when_the_source_is_no_dead_letter_queue(stack: LocalStack, queue: str, code: str) -> None:
    arn = getattr(stack.resources, queue).arn if queue != "nowhere" else "arn:aws:sqs:eu-west-1:123456789012:nowhere"

    with pytest.raises(ClientError) as refused:
        stack.aws.sqs.start_message_move_task(SourceArn=arn)

    assert refused.value.response["Error"]["Code"] == code


def test_completed_move_task_cannot_be_cancelled(stack: LocalStack) -> None:
    handle = stack.aws.sqs.start_message_move_task(SourceArn=stack.resources.dead_letter_queue.arn)["TaskHandle"]

    with pytest.raises(stack.aws.sqs.exceptions.ResourceNotFoundException):
        stack.aws.sqs.cancel_message_move_task(TaskHandle=handle)
