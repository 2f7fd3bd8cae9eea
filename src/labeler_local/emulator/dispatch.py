"""What calls the functions on AWS: the event source mapping of the completion queue, and the schedule of the tick."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from labeler.aws import Aws
from labeler_local.emulator.functions import Functions
from labeler_local.emulator.pipeline import EventSource, Rule

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
            self.hand_over(messages)
        return len(messages)

    def hand_over(self, messages: "list[MessageTypeDef]") -> None:
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


class Schedule:
    """EventBridge's rate rule."""

    def __init__(self, functions: Functions, *, rule: Rule, region: str, account: str) -> None:
        self._functions = functions
        self._rule = rule
        self._region = region
        self._account = account

    def tick(self) -> Any:
        """Raises what the function raises."""
        return self._functions.invoke(self._rule.function, self._event())

    def _event(self) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": [self._rule.arn],
            "detail": {},
        }


class Dispatch:
    """The two in threads of their own, until stopped."""

    def __init__(self, mapping: QueueMapping, schedule: Schedule, *, tick_s: float) -> None:
        self._mapping = mapping
        self._schedule = schedule
        self._tick_s = tick_s
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        if self._threads:
            return
        self._stopping.clear()
        self._threads = [self._thread(self._poll, "completion-events"), self._thread(self._keep_time, "schedule")]

    def stop(self) -> None:
        """Waits for the calls that run."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _thread(self, run: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._mapping.deliver_batch(wait_s=1) == 0:
                    self._stopping.wait(0.05)
            except Exception:  # noqa: BLE001 - injected faults reach these calls too; the mapping tries again
                self._stopping.wait(0.5)

    def _keep_time(self) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            with suppress(Exception):  # noted by Functions; the schedule outlives whatever a function raises
                self._schedule.tick()
            due = max(due + self._tick_s, time.monotonic())
