"""The calls of SQS: receive, extend, return and delete messages, each as the state of its lease allows."""

import threading
import time
from typing import Self

from aws_lambda_powertools import Logger

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import LabelerError
from labeler.settings import WorkerSettings
from labeler.worker.lease import Lease, Leases


class WorkQueue:
    """While it is open, a thread extends the visibility of the held messages every third of it. When it is closed, what
    is still held goes back."""

    def __init__(self, aws: Aws, settings: WorkerSettings, logger: Logger) -> None:
        self.leases = Leases(time_limit_s=settings.unit_timeout_s)
        self._aws = aws
        self._url = settings.work_queue_url
        self._visibility_timeout_s = settings.visibility_timeout_s
        self._logger = logger
        self._drain_lock = threading.Lock()
        self._stop = threading.Event()
        self._heartbeat = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> Self:
        self._heartbeat.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.drain()
        for lease in self.leases.held():
            self.return_to_queue(lease)
        self._stop.set()
        self._heartbeat.join()

    def receive(self, wait_s: int) -> Lease | None:
        """One message: a prefetched second one would age while it waits."""
        with translated_errors("receiving from the work queue"):
            answer = self._aws.sqs.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=1,
                WaitTimeSeconds=wait_s,
                VisibilityTimeout=self._visibility_timeout_s,
                MessageSystemAttributeNames=["ApproximateReceiveCount"],
            )
        if not answer.get("Messages"):
            return None
        message = answer["Messages"][0]
        lease = Lease(
            body=message["Body"],
            message_id=message["MessageId"],
            receipt_handle=message["ReceiptHandle"],
            receive_count=int(message["Attributes"]["ApproximateReceiveCount"]),
            received_at=time.monotonic(),
        )
        if not self.leases.add(lease):  # it came at the end of a long poll
            self._set_visibility(lease, 0)
            return None
        return lease

    def delete(self, lease: Lease, *, run_id: str, unit_id: int) -> None:
        """The unit's receipt is written. A message that can't be deleted comes back and finds it."""
        if not self.leases.finish(lease):
            return
        self._await_heartbeat(lease)
        try:
            with translated_errors("deleting a message of the work queue"):
                self._aws.sqs.delete_message(QueueUrl=self._url, ReceiptHandle=lease.receipt_handle)
        except LabelerError as error:
            message = {"message_id": lease.message_id, "receive_count": lease.receive_count}
            ids = {"run_id": run_id, "unit_id": unit_id}
            self._logger.warning("message not deleted", extra={"error": str(error), **message, **ids})

    def return_to_queue(self, lease: Lease, *, delay_s: int = 0) -> None:
        """Another worker may take it after `delay_s`."""
        if self.leases.give_back(lease):
            self._return(lease, delay_s)

    def drain(self) -> None:
        """Receives nothing more. What nobody claimed is in the queue again when this returns, whoever began it."""
        with self._drain_lock:  # a second caller waits for the first one's calls; no lease's state waits for this lock
            for lease in self.leases.drain():
                self._return(lease, 0)

    def _return(self, lease: Lease, delay_s: int) -> None:
        self._await_heartbeat(lease)
        self._set_visibility(lease, delay_s)

    def _await_heartbeat(self, lease: Lease) -> None:
        """An extension under way would hide the message again after its return; the lease's state lets none follow."""
        with lease.extending:
            pass

    def _beat(self) -> None:
        while not self._stop.wait(self._visibility_timeout_s / 3):
            for lease in self.leases.held():
                with lease.extending:  # during the call, see _await_heartbeat
                    if self.leases.renew(lease, time.monotonic()):
                        self._set_visibility(lease, self._visibility_timeout_s)

    def _set_visibility(self, lease: Lease, timeout_s: int) -> None:
        try:
            with translated_errors("changing a message's visibility"):
                self._aws.sqs.change_message_visibility(
                    QueueUrl=self._url, ReceiptHandle=lease.receipt_handle, VisibilityTimeout=timeout_s
                )
        except LabelerError as error:
            # the message stays invisible until its timeout and comes back then: nothing is lost
            self._logger.warning("visibility not changed", extra={"message_id": lease.message_id, "error": str(error)})
