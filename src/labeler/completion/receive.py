"""One batch of the completion queue: each message settles or fails by itself, then settled runs are published."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from labeler.aws import Aws
from labeler.completion.events import receipt_keys
from labeler.completion.publish import publish_settled
from labeler.completion.settle import Settlement
from labeler.errors import LabelerError
from labeler.published import RunSummary
from labeler.settings import CompletionSettings
from labeler.telemetry import get_logger


@dataclass(frozen=True, slots=True)
class BatchOutcome:
    response: dict[str, Any]
    """Lambda's partial batch response: the messages that come back."""
    published: tuple[RunSummary, ...]


def receive(event: dict[str, Any], *, settings: CompletionSettings, aws: Aws, now: datetime) -> BatchOutcome:
    """A message fails alone, for whatever reason; a failing publication fails none, as the next tick repeats it."""
    settlement = Settlement(settings, aws, now)
    logger = get_logger("completion")
    run_ids: set[str] = set()

    def settle(record: SQSRecord) -> None:
        try:
            for key in receipt_keys(record.body, bucket=settings.runs_bucket):
                run_ids.add(settlement.settle_receipt(key))
        except LabelerError as error:
            logger.warning("completion message failed", message_id=record.message_id, error=str(error))
            raise

    processor = BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False)
    response = process_partial_response(event, settle, processor)
    for error_type, error, _ in processor.exceptions:
        if error is not None and not isinstance(error, LabelerError):
            logger.error(
                "completion message met a bug", error_type=error_type.__name__ if error_type else "", error=str(error)
            )
    return BatchOutcome(dict(response), tuple(_publish(run_ids, settings=settings, aws=aws)))


def _publish(run_ids: set[str], *, settings: CompletionSettings, aws: Aws) -> list[RunSummary]:
    published = []
    for run_id in sorted(run_ids):
        try:
            summary = publish_settled(run_id, settings=settings, aws=aws)
        except LabelerError as error:
            get_logger("completion").warning("publication put off", run_id=run_id, error=str(error))
        else:
            published += [summary] if summary else []
    return published
