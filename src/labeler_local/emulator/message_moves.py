"""SQS's message move tasks, which moto lacks: a redrive calls the real StartMessageMoveTask.

A task here is complete when its call returns. On AWS it goes on, at most 500 messages a second, so callers
must poll ListMessageMoveTasks.
"""

import json
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from labeler_local.emulator.faults import Call
from labeler_local.emulator.wsgi import Environ, StartResponse, error_response, json_response


def is_move_call(call: Call) -> bool:
    return call.service == "sqs" and call.action.endswith(("MessageMoveTask", "MessageMoveTasks"))


class MoveTaskError(Exception):
    """`code` and `status` of AWS's error response."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.status = status


@dataclass(frozen=True, slots=True)
class MoveTask:
    source_arn: str
    destination_arn: str | None
    moved: int
    started_ms: int

    def described(self) -> dict[str, object]:
        """AWS names the handle of running tasks only; these have ended."""
        return {
            "Status": "COMPLETED",
            "SourceArn": self.source_arn,
            **({} if self.destination_arn is None else {"DestinationArn": self.destination_arn}),
            "ApproximateNumberOfMessagesMoved": self.moved,
            "ApproximateNumberOfMessagesToMove": self.moved,
            "StartedTimestamp": self.started_ms,
        }


class MessageMoves:
    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region
        self._tasks: list[MoveTask] = []
        self._actions: dict[str, Callable[[dict[str, Any]], dict[str, object]]] = {
            "StartMessageMoveTask": self._start,
            "ListMessageMoveTasks": self._list,
            "CancelMessageMoveTask": self._cancel,
        }

    def answer(self, call: Call, _environ: Environ, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        try:
            answer = self._actions[call.action](json.loads(body))
        except MoveTaskError as error:
            return error_response("sqs", error.status, error.code, str(error), start_response)
        return json_response(200, json.dumps(answer), start_response, content_type="application/x-amz-json-1.0")

    def _start(self, request: dict[str, Any]) -> dict[str, object]:
        source = self._queue(request["SourceArn"])
        origins = self._backend.list_dead_letter_source_queues(source.name)
        if not origins:
            raise MoveTaskError("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
        destination_arn = request.get("DestinationArn")
        if destination_arn is None and len(origins) > 1:
            raise MoveTaskError(
                "InvalidParameterValue", "moto does not say from which of its queues a dead letter came"
            )
        destination = origins[0] if destination_arn is None else self._queue(destination_arn)
        started_ms = int(time.time() * 1000)
        self._tasks.insert(0, MoveTask(source.queue_arn, destination_arn, self._move(source, destination), started_ms))
        return {"TaskHandle": str(uuid.uuid4())}

    def _move(self, source: Any, destination: Any) -> int:
        """A moved message is a new one: another id, no receives. Those in flight stay, as on AWS."""
        with source._messages_lock:  # noqa: SLF001 - see server._queue_lock
            moved = source.messages
            source._messages = [message for message in source._messages if message not in moved]  # noqa: SLF001
            source.pending_messages.difference_update(moved)
        for message in moved:
            self._backend.send_message(
                destination.name,
                message.body,
                message_attributes=message.message_attributes,
                system_attributes=message.system_attributes,
                deduplication_id=message.deduplication_id,
                group_id=message.group_id,
            )
        return len(moved)

    def _list(self, request: dict[str, Any]) -> dict[str, object]:
        source = self._queue(request["SourceArn"]).queue_arn
        tasks = [task.described() for task in self._tasks if task.source_arn == source]
        return {"Results": tasks[: request.get("MaxResults", 1)]}

    def _cancel(self, _request: dict[str, Any]) -> dict[str, object]:
        raise MoveTaskError("ResourceNotFoundException", "The task does not exist or has ended.", 404)

    @property
    def _backend(self) -> Any:
        from moto.sqs.models import sqs_backends

        return sqs_backends[self._account][self._region]

    def _queue(self, arn: str) -> Any:
        queue = self._backend.queues.get(arn.rpartition(":")[2])
        if queue is None or queue.queue_arn != arn:
            raise MoveTaskError("ResourceNotFoundException", f"There is no queue {arn}.", 404)
        return queue
