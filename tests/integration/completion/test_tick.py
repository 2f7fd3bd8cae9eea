"""What a tick settles, what it leaves alone, and what it says."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion.dead_letters import dead_letters
from labeler.completion.settle import NO_FAILURE_RECORDED
from labeler.completion.tick import tick
from labeler.ledger import RunRecord
from labeler.messages import DeadlineState, RunState, UnitState


def letters_left(staged: Any) -> int:
    """What a person could redrive right now."""
    answer = staged.stack.aws.sqs.get_queue_attributes(
        QueueUrl=staged.stack.resources.dead_letter_queue.url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def test_a_lost_event_costs_nothing(staged: Any) -> None:
    staged.finish(1, 2)
    report = staged.tick()
    assert staged.record.units_done == 2
    assert (report.published, report.errors) == ([], [])
    staged.finish(3)
    assert [summary.state for summary in staged.tick().published] == [RunState.COMPLETE]


def test_only_receipts_that_the_ledger_lacks_are_read(stage: Any) -> None:
    staged = stage(units=4)
    staged.finish(1, 2)
    staged.tick()
    read: list[str] = []
    staged.stack.aws.s3.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: read.append(params["url_path"])
    )
    staged.finish(3)
    staged.tick()
    assert [path.rpartition("/")[2] for path in read] == ["unit-00003.json"]


def test_a_dead_letter_fails_its_unit_for_its_newest_reason_and_stays_for_a_person(stage: Any) -> None:
    staged = stage(tolerance=0.5)
    # a redriven message starts with receive 1 again: what is newest is told by the time
    staged.note_failure(3, 3, "ThrottledError", staged.now - timedelta(minutes=3))
    staged.note_failure(3, 1, "DigestMismatchError", staged.now - timedelta(minutes=1))
    staged.finish(1, 2)
    staged.die(3)
    [summary] = staged.tick().published
    assert summary.state is RunState.COMPLETE_WITH_FAILURES
    assert [(unit.unit_id, unit.reason) for unit in summary.failed_units] == [(3, "DigestMismatchError: because")]
    assert letters_left(staged) == 1


def test_a_dead_letter_without_a_recorded_failure_says_so(staged: Any) -> None:
    staged.die(2)
    staged.stack.runs.put(layout.failure_key(staged.run_id, 2, 1), b"not json")
    staged.tick()
    assert staged.stack.ledger.unit(staged.run_id, 2).reason == NO_FAILURE_RECORDED


def test_a_dead_letter_seen_twice_counts_once(staged: Any) -> None:
    staged.die(2, 2)
    staged.tick()
    staged.tick()
    assert (staged.record.units_failed, letters_left(staged)) == (1, 2)


def test_a_receipt_beats_the_dead_letter_that_comes_with_it(staged: Any) -> None:
    """The receipt lies in S3, its event is lost, and listing did not see it yet."""
    staged.finish(1)
    staged.die(1)
    settlement = staged.settlement()
    assert settlement.settle_dead_letters([staged.work_unit(1)], [staged.record]) == 0
    assert staged.stack.ledger.unit(staged.run_id, 1).state is UnitState.DONE
    assert staged.record.units_failed == 0


def test_a_receipt_before_its_dead_letter_keeps_the_unit_done(staged: Any) -> None:
    staged.finish(1)
    staged.tick()
    staged.die(1)
    staged.tick()
    assert (staged.record.units_done, staged.record.units_failed) == (1, 0)


def test_a_receipt_after_its_dead_letter_makes_the_unit_done(staged: Any) -> None:
    staged.die(1)
    staged.tick()
    assert staged.record.units_failed == 1
    staged.finish(1)
    staged.tick()
    assert (staged.record.units_done, staged.record.units_failed, staged.record.rows_in) == (1, 0, 100)


def test_all_of_many_dead_letters_are_found_in_one_tick(stage: Any) -> None:
    staged = stage(units=25)
    staged.die(*range(1, 25))
    staged.tick()
    assert (staged.record.units_failed, letters_left(staged)) == (24, 24)


def test_a_look_at_the_dead_letters_is_bounded(stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    staged = stage(units=25)
    staged.die(*range(1, 26))
    monkeypatch.setattr("labeler.completion.dead_letters.MAX_RECEIVES", 2)
    assert len(dead_letters(staged.stack.aws, staged.settings.dead_letter_queue_url)) == 20
    assert letters_left(staged) == 25


def test_dead_letters_of_other_runs_and_strangers_are_left_alone(staged: Any) -> None:
    staged.send_dead("not json")
    staged.send_dead(staged.work_unit(1).model_copy(update={"run_id": "daily-1999-01-01"}).to_json())
    staged.send_dead(staged.work_unit(99).to_json())
    report = staged.tick()
    assert (report.errors, staged.record.units_failed, letters_left(staged)) == ([], 0, 3)


def test_a_forecast_is_kept_and_measured(stage: Any) -> None:
    staged = stage(units=10)
    staged.finish(1, 2, 3, 4)
    staged.now = staged.now.replace(minute=4, second=30)
    told = staged.tick().forecasts[staged.run_id]
    assert (told.units_left, told.workers_active, told.state) == (6, 2, DeadlineState.ON_TRACK)
    assert staged.stack.ledger.forecasts(staged.run_id) == [told]
    staged.stack.tick()
    written = staged.stack.functions.log("labeler-tick").read_text().replace(" ", "")
    assert '"UnitsLeft":[6.0]' in written


def test_a_tick_tells_each_minute_whether_the_daily_run_is_missing(stack: Any, staged: Any) -> None:
    """The staged run labels 2 March: it is due on the 3rd, and 3 March's on the 4th."""
    due = staged.settings.model_copy(update={"daily_run_due_at": time(4, 40)})
    told = {
        day: tick(settings=due, aws=stack.aws, now=datetime(2026, 3, day, 4, 40, tzinfo=UTC)).is_daily_run_missing
        for day in (2, 3, 4)
    }
    assert told == {2: True, 3: False, 4: True}
    assert staged.tick().is_daily_run_missing is None, "nobody waits for a run on a laptop"


def test_a_run_that_is_still_planned_is_only_logged(stack: Any, staged: Any) -> None:
    planning = RunRecord(
        run_id="daily-2026-03-03",
        run_date=staged.now.date(),
        state=RunState.PLANNING,
        started_at=staged.now - timedelta(hours=1),
        deadline_at=staged.now,
    )
    stack.ledger.open_run(planning)
    report = staged.tick()
    assert set(report.forecasts) == {staged.run_id}
    assert stack.ledger.run("daily-2026-03-03") == planning


def test_an_unreadable_receipt_is_reported_and_does_not_keep_the_others(stage: Any) -> None:
    staged, other = stage(), stage(kind="backfill")
    staged.finish(1, 3)
    staged.stack.runs.put(layout.receipt_key(staged.run_id, 2), b"{")
    other.finish(1, 2, 3)
    report = staged.tick()
    assert ["unit-00002.json" in str(error) for error in report.errors] == [True]
    assert staged.record.units_done == 2
    assert [summary.run_id for summary in report.published] == [other.run_id]


def test_a_run_that_can_not_be_published_does_not_keep_the_others(stage: Any) -> None:
    broken, other = stage(kind="backfill"), stage()
    broken.stack.runs.delete([layout.index_key(broken.run_id)])
    broken.finish(1, 2, 3)
    other.finish(1, 2, 3)
    report = other.tick()
    assert ["manifest.json" in str(error) for error in report.errors] == [True]
    assert [summary.run_id for summary in report.published] == [other.run_id]
    assert broken.record.is_settled


def test_the_tick_function_fails_after_every_run_had_its_turn(stage: Any) -> None:
    staged, other = stage(), stage(kind="backfill")
    staged.stack.runs.put(layout.receipt_key(staged.run_id, 2), b"{")
    other.finish(1, 2, 3)
    with pytest.raises(Exception, match=r"unit-00002\.json"):
        staged.stack.tick()
    assert other.record.state is RunState.COMPLETE


def test_the_tick_function_answers_with_what_it_did(staged: Any) -> None:
    staged.finish(1, 2, 3)
    answer = staged.stack.tick()
    assert answer["published"] == [staged.run_id]
    assert json.dumps(answer["forecasts"][staged.run_id])
