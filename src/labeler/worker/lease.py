"""A received message, and the heartbeat that keeps it ours from the moment of its receipt."""

import threading
import time
from typing import TYPE_CHECKING, Self

from aws_lambda_powertools import Logger

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import LabelerError

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef


class Lease:
    """One message in hand. `abandon` tells the other thread that nobody waits for the rest of its unit."""

    def __init__(self, message: "MessageTypeDef") -> None:
        self.body = message["Body"]
        self.message_id = message["MessageId"]
        self.receipt_handle = message["ReceiptHandle"]
        self.receive_count = int(message["Attributes"]["ApproximateReceiveCount"])
        self.received_at = time.monotonic()
        self.is_computing = False
        self.is_held = True
        self.changing = threading.Lock()
        self._abandoned = threading.Event()

    @property
    def is_abandoned(self) -> bool:
        return self._abandoned.is_set()

    def abandon(self) -> None:
        self._abandoned.set()


class Leases:
    """All messages in hand; a thread extends their visibility every third of it."""

    def __init__(
        self, aws: Aws, queue_url: str, *, visibility_timeout_s: int, unit_timeout_s: int, logger: Logger
    ) -> None:
        self._aws = aws
        self._queue_url = queue_url
        self._visibility_timeout_s = visibility_timeout_s
        self._unit_timeout_s = unit_timeout_s
        self._logger = logger
        self._held: dict[str, Lease] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def receive(self, wait_s: int) -> Lease | None:
        """One message: a prefetched second one would age while it waits."""
        with translated_errors("receiving from the work queue"):
            answer = self._aws.sqs.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=wait_s,
                VisibilityTimeout=self._visibility_timeout_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        if not answer.get("Messages"):
            return None
        lease = Lease(answer["Messages"][0])
        with self._lock:
            self._held[lease.receipt_handle] = lease
        return lease

    def settle(self, lease: Lease) -> None:
        """The work is done and its receipt is written: the message is deleted."""
        self._drop(lease)
        with translated_errors("deleting a message of the work queue"):
            self._aws.sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=lease.receipt_handle)

    def return_to_queue(self, lease: Lease, *, delay_s: int = 0) -> None:
        """Another worker may take it after `delay_s`."""
        lease.abandon()
        self._drop(lease)
        self._set_visibility(lease, delay_s)

    def held(self) -> list[Lease]:
        with self._lock:
            return list(self._held.values())

    def _drop(self, lease: Lease) -> None:
        """No heartbeat after this: one that came later would hide a message that was handed back."""
        with lease.changing:
            lease.is_held = False
        with self._lock:
            self._held.pop(lease.receipt_handle, None)

    def _beat(self) -> None:
        while not self._stop.wait(self._visibility_timeout_s / 3):
            for lease in self.held():
                # a unit that hangs must not be defended for ever: it goes to another worker, then to a person
                is_young = time.monotonic() - lease.received_at < self._unit_timeout_s
                with lease.changing:
                    if is_young and lease.is_held:
                        self._set_visibility(lease, self._visibility_timeout_s)

    def _set_visibility(self, lease: Lease, timeout_s: int) -> None:
        try:
            with translated_errors("changing a message's visibility"):
                self._aws.sqs.change_message_visibility(
                    QueueUrl=self._queue_url, ReceiptHandle=lease.receipt_handle, VisibilityTimeout=timeout_s
                )
        except LabelerError as error:
            # the message stays invisible until its time-out and comes back then: nothing is lost
            self._logger.warning("visibility not changed", extra={"message_id": lease.message_id, "error": str(error)})
