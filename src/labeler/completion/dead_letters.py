"""The dead-letter queue, looked at without taking anything from it: a person redrives the messages, not we."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labeler.aws import Aws, translated_errors
from labeler.errors import MessageInvalidError
from labeler.messages import WorkUnit
from labeler.telemetry import get_logger

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

BATCH = 10
MAX_RECEIVES = 300
"""Of one look: 3,000 dead letters, more than the units of a run of millions of files."""
HOLD_S = 60
"""What was seen stays out of sight for so long at most, so that the next receive brings others."""
LONG_POLL_S = 1


def dead_letters(aws: Aws, queue_url: str, *, is_thorough: bool = False) -> list[WorkUnit]:
    """The work units in the queue; all stay there, visible again. Bodies that are none are left out and logged.

    A short look goes by the queue's own count, which may lag by a minute: the next tick sees the rest. A thorough
    one asks until a receive that waits for messages finds none.
    """
    seen: dict[str, MessageTypeDef] = {}
    try:
        for batch in _receives(aws, queue_url, is_thorough=is_thorough):
            seen |= {message["MessageId"]: message for message in batch}
    finally:
        _hand_back(aws, queue_url, list(seen.values()))
    return _work_units(list(seen.values()))


def _receives(aws: Aws, queue_url: str, *, is_thorough: bool) -> Iterator[list["MessageTypeDef"]]:
    left = BATCH * MAX_RECEIVES if is_thorough else _visible(aws, queue_url)
    for _ in range(MAX_RECEIVES):
        if left <= 0:
            return
        with translated_errors("looking into the dead-letter queue"):
            answer = aws.sqs.receive_message(
                QueueUrl=queue_url,
                MaxNumberOfMessages=BATCH,
                VisibilityTimeout=HOLD_S,
                # without a wait SQS asks only some of its servers and may find nothing where there is something
                WaitTimeSeconds=LONG_POLL_S,
            )
        batch = answer.get("Messages", [])
        yield batch
        left = left - len(batch) if batch else 0


def _visible(aws: Aws, queue_url: str) -> int:
    with translated_errors("counting the dead letters"):
        answer = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _hand_back(aws: Aws, queue_url: str, messages: list["MessageTypeDef"]) -> None:
    for start in range(0, len(messages), BATCH):
        batch = messages[start : start + BATCH]
        with translated_errors("handing dead letters back"):
            aws.sqs.change_message_visibility_batch(
                QueueUrl=queue_url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"], "VisibilityTimeout": 0}
                    for number, message in enumerate(batch)
                ],
            )


def _work_units(messages: list["MessageTypeDef"]) -> list[WorkUnit]:
    units, strangers = [], []
    for message in messages:
        try:
            units.append(WorkUnit.parse(message["Body"], source=f"dead letter {message['MessageId']}"))
        except MessageInvalidError:
            strangers.append(message["MessageId"])
    if strangers:
        get_logger("completion").warning("dead letters are no work units", message_ids=strangers[:BATCH])
    return units
