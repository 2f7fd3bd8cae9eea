"""The event source mapping of the completion queue: its messages go to the function in batches."""

from typing import TYPE_CHECKING, Any

from labeler.aws import Aws
from labeler_local.emulator.functions import Functions
from labeler_local.emulator.pipeline import EventSource

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


class QueueMapping:
    """Batches of a queue to a function, with ReportBatchItemFailures."""

    def __init__(self, aws: Aws, functions: Functions, *, source: EventSource, region: str) -> None:
        self._aws = aws
        self._functions = functions
        self._source = source
        self._region = region
        self.delivered = 0
        """Messages that the function has taken."""

    def deliver_batch(self, wait_s: int = 0) -> int:
        """Messages received, whatever became of them: those that failed come back after the visibility timeout."""
        received = self._aws.sqs.receive_message(
            QueueUrl=self._source.queue.url,
            MaxNumberOfMessages=self._source.batch_size,
            WaitTimeSeconds=wait_s,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        messages = received.get("Messages", [])
        if messages:
            self.invoke_with(messages)
        return len(messages)

    def invoke_with(self, messages: "list[MessageTypeDef]") -> None:
        try:
            answer = self._functions.invoke(self._source.function, {"Records": [self._record(m) for m in messages]})
        except Exception:  # noqa: BLE001 - noted by Functions; the whole batch comes back
            return
        failed = failed_ids(answer, {message["MessageId"] for message in messages})
        done = [message for message in messages if message["MessageId"] not in failed]
        self.delivered += len(done)
        if done:
            self._aws.sqs.delete_message_batch(
                QueueUrl=self._source.queue.url,
                Entries=[{"Id": str(n), "ReceiptHandle": message["ReceiptHandle"]} for n, message in enumerate(done)],
            )

    def _record(self, message: "MessageTypeDef") -> dict[str, Any]:
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": {
                name: {
                    "stringValue": value.get("StringValue"),
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": value["DataType"],
                }
                for name, value in message.get("MessageAttributes", {}).items()
            },
            "md5OfBody": message["MD5OfBody"],
            "eventSource": "aws:sqs",
            "eventSourceARN": self._source.queue.arn,
            "awsRegion": self._region,
        }


def failed_ids(answer: Any, received: set[str]) -> set[str]:
    """Lambda's rules: no list or an empty one is success; an answer that it does not understand fails the batch."""
    if answer is None or answer == {}:
        return set()
    if not isinstance(answer, dict):
        return received
    try:
        named = {failure["itemIdentifier"] for failure in answer.get("batchItemFailures") or ()}
    except (KeyError, TypeError):
        return received
    return received if named - received else named
