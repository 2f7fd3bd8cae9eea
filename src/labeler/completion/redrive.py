"""Failed units back to the workers: the dead letters moved, the run opened again."""

import time
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta

from labeler import layout
from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.completion.dead_letters import dead_letters
from labeler.errors import RunConflictError, ServiceUnavailableError
from labeler.ledger import Ledger
from labeler.messages import UnitState, WorkUnit
from labeler.run_index import RunIndex
from labeler.settings import OperatorSettings
from labeler.storage import Bucket, read_message
from labeler.telemetry import get_logger

MAX_MOVES = 3
"""A tick that reads the dead letters hides them from a move: the move is repeated for those."""
MOVE_TIMEOUT_S = 300.0
POLL_INTERVAL_S = 1.0
OPEN_MOVES = {"RUNNING", "CANCELLING"}


@dataclass(frozen=True, slots=True)
class RedriveResult:
    run_id: str
    generation: int
    """The one that the run will publish, when workers are done with the units."""
    units_reopened: tuple[int, ...]
    units_sent_anew: tuple[int, ...]
    """Those of the reopened whose dead letter was gone: rebuilt from the manifest."""
    units_left_dead: tuple[int, ...]
    """Their messages could not be moved; they stay failed."""
    dead_letters_moved: dict[str, int]
    """By run: a move takes all dead letters of the queue, also those of other runs."""


def redrive(run_id: str, *, settings: OperatorSettings, aws: Aws, now: datetime) -> RedriveResult:
    """Gives the run's failed units to the workers again, with a new deadline.

    First the messages, then the ledger: if we die in between, the workers' receipts turn FAILED units to DONE and
    open the next generation by themselves. SQS moves a dead-letter queue as a whole, so units of OTHER runs are
    tried again, too; their receipts reopen those runs. Raises RunNotFoundError, and RunConflictError without a failed unit.
    """
    ledger = Ledger(aws, settings.ledger_table)
    ledger.run(run_id)
    failed = {unit.unit_id for unit in ledger.units(run_id) if unit.state is UnitState.FAILED}
    if not failed:
        raise RunConflictError(f"run {run_id} has no failed unit", hint="there is nothing to redrive")
    before, after = _move(settings.dead_letter_queue_url, run_id, aws)
    lost = sorted(failed - {letter.unit_id for letter in before if letter.run_id == run_id})
    _send(_rebuild_work_units(run_id, lost, settings, aws), settings, aws)
    deadline_at = now + timedelta(seconds=settings.deadline_s)
    stuck = {letter.unit_id for letter in after if letter.run_id == run_id}
    reopened = [unit_id for unit_id in sorted(failed - stuck) if ledger.reopen_failed(run_id, unit_id, deadline_at)]
    get_logger("completion").info(
        "run redriven", run_id=run_id, units=len(reopened), units_sent_anew=len(lost), units_left_dead=len(stuck)
    )
    moved = Counter(letter.run_id for letter in before) - Counter(letter.run_id for letter in after)
    return RedriveResult(
        run_id=run_id,
        generation=ledger.run(run_id).generation,
        units_reopened=tuple(reopened),
        units_sent_anew=tuple(lost),
        units_left_dead=tuple(sorted(failed & stuck)),
        dead_letters_moved=dict(sorted(moved.items())),
    )


def _move(queue_url: str, run_id: str, aws: Aws) -> tuple[list[WorkUnit], list[WorkUnit]]:
    """(dead letters before, dead letters after) moving all of them to the queue that they came from."""
    with translated_errors("finding the dead-letter queue"):
        response = aws.sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["QueueArn"])
    arn = response["Attributes"]["QueueArn"]
    before = after = dead_letters(aws, queue_url, is_thorough=True)
    for _ in range(MAX_MOVES):
        if not any(letter.run_id == run_id for letter in after):
            break
        _wait_for_moves(arn, aws)
        with translated_errors("moving the dead letters"):
            aws.sqs.start_message_move_task(SourceArn=arn)
        _wait_for_moves(arn, aws)
        after = dead_letters(aws, queue_url, is_thorough=True)
    return before, after


def _wait_for_moves(arn: str, aws: Aws) -> None:
    """SQS allows one move at a time and answers before it is done."""
    give_up_at = time.monotonic() + MOVE_TIMEOUT_S
    while True:
        with translated_errors("waiting for the dead letters to move"):
            tasks = aws.sqs.list_message_move_tasks(SourceArn=arn, MaxResults=10).get("Results", [])
        if not any(task.get("Status") in OPEN_MOVES for task in tasks):
            return
        if time.monotonic() > give_up_at:
            raise ServiceUnavailableError("the dead letters are still being moved", hint="redrive again in a while")
        time.sleep(POLL_INTERVAL_S)


def _rebuild_work_units(run_id: str, unit_ids: list[int], settings: OperatorSettings, aws: Aws) -> list[WorkUnit]:
    """Work units as the manifest sent them."""
    if not unit_ids:
        return []
    index = read_message(Bucket(aws, settings.runs_bucket), layout.index_key(run_id), RunIndex)
    return [
        WorkUnit(
            run_id=run_id,
            run_date=index.run_date,
            task=index.task,
            pins=index.pins,
            **unit.model_dump(exclude={"schema_version"}),
        )
        for unit in index.units
        if unit.unit_id in unit_ids
    ]


def _send(units: list[WorkUnit], settings: OperatorSettings, aws: Aws) -> None:
    for unit in units:
        with translated_errors(f"sending unit {unit.unit_id} of {unit.run_id}"):
            aws.sqs.send_message(QueueUrl=settings.work_queue_url, MessageBody=unit.to_json())
