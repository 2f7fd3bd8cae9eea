"""Sends a run's work units to the queue. A unit may go out twice (workers tolerate it), never not at all."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import PermanentError, ServiceUnavailableError
from labeler.messages import WorkUnit
from labeler.run_index import RunIndex

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import BatchResultErrorEntryTypeDef, SendMessageBatchRequestEntryTypeDef

BATCH_MESSAGES = 10
BATCH_BYTES = 1024 * 1024
REPORT_EVERY_BATCHES = 20
MAX_ATTEMPTS = 6


def work_units(index: RunIndex, *, after: int = 0) -> Iterator[WorkUnit]:
    """The messages of the units with a greater id than `after`."""
    for unit in index.units:
        if unit.unit_id > after:
            yield WorkUnit(
                run_id=index.run_id,
                run_date=index.run_date,
                unit_id=unit.unit_id,
                slice_key=unit.slice_key,
                slice_sha256=unit.slice_sha256,
                files=unit.files,
                size_bytes=unit.size_bytes,
                task=index.task,
                pins=index.pins,
            )


def batches(units: Iterable[WorkUnit], max_bytes: int = BATCH_BYTES) -> Iterator[dict[int, str]]:
    """Message bodies by unit id, in order: at most ten and at most `max_bytes` together."""
    batch: dict[int, str] = {}
    size = 0
    for unit in units:
        body = unit.to_json()
        added = len(body.encode())
        if batch and (len(batch) == BATCH_MESSAGES or size + added > max_bytes):
            yield batch
            batch, size = {}, 0
        batch[unit.unit_id] = body
        size += added
    if batch:
        yield batch


def dispatch(
    index: RunIndex, *, after: int, aws: Aws, queue_url: str, on_sent: Callable[[int], None], pause_s: float = 0.2
) -> None:
    """Sends every unit after `after`; `on_sent` gets the last unit id sent, now and then and at the end."""
    sent = after
    for number, batch in enumerate(batches(work_units(index, after=after)), start=1):
        send(batch, aws=aws, queue_url=queue_url, pause_s=pause_s)
        sent = max(batch)
        if number % REPORT_EVERY_BATCHES == 0:
            on_sent(sent)
    on_sent(sent)


def send(batch: dict[int, str], *, aws: Aws, queue_url: str, pause_s: float) -> None:
    """All of a batch: entries that SQS refuses go again, alone, after a growing pause.

    Raises ServiceUnavailableError when some keep failing, PermanentError when SQS calls it the sender's fault.
    """
    unsent = dict(batch)
    failures: list[BatchResultErrorEntryTypeDef] = []
    for attempt in range(MAX_ATTEMPTS):
        if attempt:
            time.sleep(pause_s * 2 ** (attempt - 1) * random.uniform(0.5, 1.5))  # noqa: S311 - jitter
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(unit_id), "MessageBody": body} for unit_id, body in unsent.items()
        ]
        with translated_errors("sending work units"):
            response = aws.sqs.send_message_batch(QueueUrl=queue_url, Entries=entries)
        failures = response.get("Failed", [])
        if not failures:
            return
        # a throttled KMS key counts as the sender's fault
        if any(failure["SenderFault"] and "Throttl" not in failure["Code"] for failure in failures):
            raise PermanentError(f"SQS refuses {len(failures)} work units: {_codes(failures)}")
        unsent = {int(failure["Id"]): unsent[int(failure["Id"])] for failure in failures}
    raise ServiceUnavailableError(
        f"SQS did not take {len(unsent)} work units in {MAX_ATTEMPTS} tries: {_codes(failures)}",
        hint="start the run again, it goes on there",
    )


def _codes(failures: "list[BatchResultErrorEntryTypeDef]") -> str:
    return ", ".join(sorted({failure["Code"] for failure in failures}))
