"""Reads the dead-letter queue without taking anything from it: redriving the messages is a person's decision."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import MessageInvalidError
from labeler.messages import WorkUnit
from labeler.telemetry import get_logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10
MAX_RECEIVES = 300
"""Of one reading: 3,000 dead letters, more than the units of a run of millions of files."""
VISIBILITY_TIMEOUT_S = 60
"""What was received stays invisible for so long at most, so that the next receive brings others."""
LONG_POLL_S = 1


def dead_letters(aws: Aws, queue_url: str, *, is_thorough: bool = False) -> list[WorkUnit]:
    """The work units in the queue; all stay there, visible again. Bodies that are none are left out and logged.

    A short reading goes by the queue's own count, which may lag by a minute: the next tick sees the rest. A thorough
    one goes on until a receive that waits for messages finds none.
    """
    seen: dict[str, MessageTypeDef] = {}
    try:
        for batch in _receives(aws, queue_url, is_thorough=is_thorough):
            seen |= {message["MessageId"]: message for message in batch}
    finally:
        _make_visible(aws, queue_url, list(seen.values()))
    return _work_units(list(seen.values()))


def _receives(aws: Aws, queue_url: str, *, is_thorough: bool) -> Iterator[list["MessageTypeDef"]]:
    remaining = BATCH * MAX_RECEIVES if is_thorough else _visible(aws, queue_url)
    for _ in range(MAX_RECEIVES):
        if remaining <= 0:
            return
        with translated_errors("reading the dead-letter queue"):
            response = aws.sqs.receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=VISIBILITY_TIMEOUT_S,
                # a short poll queries only some of SQS's servers and may find nothing where there is something
                WaitTimeSeconds=LONG_POLL_S,
            )
        batch = response.get("Messages", [])
        yield batch
        remaining = remaining - len(batch) if batch else 0


def _visible(aws: Aws, queue_url: str) -> int:
    with translated_errors("counting the dead letters"):
        response = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(response["Attributes"]["ApproximateNumberOfMessages"])


def _make_visible(aws: Aws, queue_url: str, messages: list["MessageTypeDef"]) -> None:
    for start in range(0, len(messages), BATCH):
        batch = messages[start : start + BATCH]
        with translated_errors("making dead letters visible again"):
            aws.sqs.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                    for number, message in enumerate(batch)
                ],
            )


def _work_units(messages: list["MessageTypeDef"]) -> list[WorkUnit]:
    units, invalid_ids = [], []
    for message in messages:
        try:
            units.append(WorkUnit.parse(message["Body"], source=f"dead letter {message['MessageId']}"))
        except MessageInvalidError:
            invalid_ids.append(message["MessageId"])
    if invalid_ids:
        get_logger("completion").warning("dead letters are no work units", message_ids=invalid_ids[:BATCH])
    return units
