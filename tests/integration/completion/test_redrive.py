"""Failed units back to the workers by the real API of the queue."""

from typing import Any

import pytest

from labeler.completion import redrive as redriving
from labeler.completion.redrive import RedriveResult, redrive
from labeler.errors import RunConflictError, RunNotFoundError, ServiceUnavailableError
from labeler.messages import RunState, WorkUnit
from labeler.published import DeadlineState


@pytest.fixture(autouse=True)
def short_polling(monkeypatch: pytest.MonkeyPatch) -> None:
    """moto's queues need no wait to find every message."""
    monkeypatch.setattr("labeler.completion.dead_letters.LONG_POLL_S", 0)


@pytest.fixture
def published(make_run: Any) -> Any:
    """Units 2 and 4 of 4 failed."""
    run = make_run(units=4, tolerance=1)
    run.finish(1, 3)
    run.die(2, 4)
    assert run.tick().published[0].state is RunState.COMPLETE_WITH_FAILURES
    return run


def redriven(run: Any) -> RedriveResult:
    return redrive(run.run_id, settings=run.stack.operator_settings, aws=run.stack.aws, now=run.now)


def work_queue(run: Any) -> list[WorkUnit]:
    sqs, url = run.stack.aws.sqs, run.stack.resources.work_queue.url
    messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    return sorted((WorkUnit.parse(m["Body"], source="m") for m in messages), key=lambda unit: unit.unit_id)


def test_redrive_reopens_the_run_and_publishes_the_next_generation(published: Any) -> None:
    result = redriven(published)
    assert (result.generation, result.units_reopened, result.units_sent_anew) == (2, (2, 4), ())
    assert result.dead_letters_moved == {published.run_id: 2}
    assert work_queue(published) == [published.work_unit(2), published.work_unit(4)]
    assert (published.record.state, published.record.units_failed) == (RunState.RUNNING, 0)
    report = published.tick()
    assert report.published == []
    assert report.forecasts[published.run_id].state is not DeadlineState.LATE
    published.finish(2, 4)
    [summary] = published.tick().published
    assert (summary.generation, summary.state, summary.rows_in) == (2, RunState.COMPLETE, 400)
    assert published.generation(1).summary.units_failed == 2
    assert len(published.generation(2).labels) == 4


def test_units_without_dead_letter_are_sent_again_from_the_manifest(published: Any) -> None:
    published.stack.aws.sqs.purge_queue(QueueUrl=published.stack.resources.dead_letter_queue.url)
    result = redriven(published)
    assert (result.units_reopened, result.units_sent_anew) == ((2, 4), (2, 4))
    assert work_queue(published) == [published.work_unit(2), published.work_unit(4)]


def test_redrive_reports_the_dead_letters_of_other_runs_that_it_moved(published: Any, make_run: Any) -> None:
    other = make_run(kind="backfill")
    other.die(1)
    result = redriven(published)
    assert result.dead_letters_moved == {published.run_id: 2, other.run_id: 1}


def test_unit_whose_message_can_not_be_moved_stays_failed(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[int] = []

    def read_dead_letters(*_: Any, **__: Any) -> list[WorkUnit]:
        reads.append(1)
        return [published.work_unit(2), published.work_unit(4)] if len(reads) == 1 else [published.work_unit(4)]

    monkeypatch.setattr(redriving, "dead_letters", read_dead_letters)
    result = redriven(published)
    assert (result.units_reopened, result.units_left_dead) == ((2,), (4,))
    assert len(reads) == 1 + redriving.MAX_MOVES


def test_receipts_reopen_a_run_whose_redrive_died_after_the_move(
    published: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("labeler.ledger.Ledger.reopen_failed", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            redriven(published)
    assert len(work_queue(published)) == 2
    published.finish(2, 4)
    published.stack.deliver_completions()
    assert (published.record.state, published.summary.generation) == (RunState.COMPLETE, published.record.generation)
    assert published.record.generation >= 2
    with pytest.raises(RunConflictError):
        redriven(published)


def test_redrive_times_out_when_a_move_does_not_end(published: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redriving, "MOVE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(redriving, "POLL_INTERVAL_S", 0.02)
    monkeypatch.setattr(redriving, "OPEN_MOVES", {"COMPLETED"})
    with pytest.raises(ServiceUnavailableError, match="still being moved"):
        redriven(published)
    assert published.record.state is RunState.COMPLETE_WITH_FAILURES


def test_redrive_of_an_unknown_run_or_one_without_failed_units_is_refused(run: Any) -> None:
    with pytest.raises(RunConflictError, match="no failed unit"):
        redriven(run)
    with pytest.raises(RunNotFoundError):
        redrive("daily-1999-01-01", settings=run.stack.operator_settings, aws=run.stack.aws, now=run.now)
