"""What a tick makes of dead letters: their units fail, and the messages stay in the queue."""

from datetime import timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion.dead_letters import dead_letters
from labeler.completion.settle import NO_FAILURE_RECORDED
from labeler.messages import RunState, UnitState


def letters_left(run: Any) -> int:
    """What a person could redrive right now."""
    answer = run.stack.aws.sqs.get_queue_attributes(
        QueueUrl=run.stack.resources.dead_letter_queue.url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_dead_letter_fails_its_unit_with_the_newest_reason_and_stays_in_the_queue(make_run: Any) -> None:
    run = make_run(tolerance=0.5)
    # a redriven message starts with receive 1 again: the time says which is the newest
    run.record_failure(3, 3, "ThrottledError", run.now - timedelta(minutes=3))
    run.record_failure(3, 1, "DigestMismatchError", run.now - timedelta(minutes=1))
    run.finish(1, 2)
    run.die(3)
    [summary] = run.tick().published
    assert summary.state is RunState.COMPLETE_WITH_FAILURES
    assert [(unit.unit_id, unit.reason) for unit in summary.failed_units] == [(3, "DigestMismatchError: because")]
    assert letters_left(run) == 1


def test_dead_letter_without_a_failure_record_fails_its_unit_with_that_reason(run: Any) -> None:
    run.die(2)
    run.stack.runs.put(layout.failure_key(run.run_id, 2, 1), b"not json")
    run.tick()
    assert run.stack.ledger.unit(run.run_id, 2).reason == NO_FAILURE_RECORDED


def test_dead_letter_that_is_read_twice_counts_once(run: Any) -> None:
    run.die(2, 2)
    run.tick()
    run.tick()
    assert (run.record.units_failed, letters_left(run)) == (1, 2)


def test_receipt_beats_a_dead_letter_of_the_same_tick(run: Any) -> None:
    """The receipt lies in S3, its event is lost, and listing did not see it yet."""
    run.finish(1)
    run.die(1)
    settlement = run.settlement()
    assert settlement.settle_dead_letters([run.work_unit(1)], [run.record]) == 0
    assert run.stack.ledger.unit(run.run_id, 1).state is UnitState.DONE
    assert run.record.units_failed == 0


def test_dead_letter_after_the_receipt_leaves_the_unit_done(run: Any) -> None:
    run.finish(1)
    run.tick()
    run.die(1)
    run.tick()
    assert (run.record.units_done, run.record.units_failed) == (1, 0)


def test_receipt_after_the_dead_letter_makes_the_unit_done(run: Any) -> None:
    run.die(1)
    run.tick()
    assert run.record.units_failed == 1
    run.finish(1)
    run.tick()
    assert (run.record.units_done, run.record.units_failed, run.record.rows_in) == (1, 0, 100)


def test_one_tick_reads_all_dead_letters(make_run: Any) -> None:
    run = make_run(units=25)
    run.die(*range(1, 25))
    run.tick()
    assert (run.record.units_failed, letters_left(run)) == (24, 24)


def test_number_of_dead_letters_read_at_once_is_bounded(make_run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(units=25)
    run.die(*range(1, 26))
    monkeypatch.setattr("labeler.completion.dead_letters.MAX_RECEIVES", 2)
    assert len(dead_letters(run.stack.aws, run.settings.dead_letter_queue_url)) == 20
    assert letters_left(run) == 25


def test_dead_letters_of_unknown_runs_and_invalid_messages_are_ignored(run: Any) -> None:
    run.send_dead("not json")
    run.send_dead(run.work_unit(1).model_copy(update={"run_id": "daily-1999-01-01"}).to_json())
    run.send_dead(run.work_unit(99).to_json())
    report = run.tick()
    assert (report.errors, run.record.units_failed, letters_left(run)) == ([], 0, 3)
