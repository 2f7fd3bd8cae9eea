"""What a tick settles, forecasts, publishes and reports."""

import json
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion.tick import tick
from labeler.ledger import RunRecord
from labeler.messages import RunState
from labeler.published import DeadlineState


def test_tick_settles_receipts_whose_event_was_lost(run: Any) -> None:
    run.finish(1, 2)
    report = run.tick()
    assert run.record.units_done == 2
    assert (report.published, report.errors) == ([], [])
    run.finish(3)
    assert [summary.state for summary in run.tick().published] == [RunState.COMPLETE]


def test_tick_reads_only_receipts_that_the_ledger_lacks(make_run: Any) -> None:
    run = make_run(units=4)
    run.finish(1, 2)
    run.tick()
    read: list[str] = []
    run.stack.aws.s3.meta.events.register(
        "before-call.s3.GetObject", lambda params, **_: read.append(params["url_path"])
    )
    run.finish(3)
    run.tick()
    assert [path.rpartition("/")[2] for path in read] == ["unit-00003.json"]


def test_tick_stores_the_forecast_and_emits_its_metrics(make_run: Any) -> None:
    run = make_run(units=10)
    run.finish(1, 2, 3, 4)
    run.now = run.now.replace(minute=4, second=30)
    current = run.tick().forecasts[run.run_id]
    assert (current.units_left, current.workers_active, current.state) == (6, 2, DeadlineState.ON_TRACK)
    assert run.stack.ledger.forecasts(run.run_id) == [current]
    run.stack.tick()
    written = run.stack.functions.log("labeler-tick").read_text().replace(" ", "")
    assert '"UnitsLeft":[6.0]' in written


def test_tick_reports_whether_the_daily_run_is_missing(stack: Any, run: Any) -> None:
    """The run labels 2 March: it is due on the 3rd, and 3 March's on the 4th."""
    due = run.settings.model_copy(update={"daily_run_due_at": time(4, 40)})
    is_missing = {
        day: tick(settings=due, aws=stack.aws, now=datetime(2026, 3, day, 4, 40, tzinfo=UTC)).is_daily_run_missing
        for day in (2, 3, 4)
    }
    assert is_missing == {2: True, 3: False, 4: True}
    assert run.tick().is_daily_run_missing is None, "nobody waits for a run on a laptop"


def test_run_in_planning_is_only_logged(stack: Any, run: Any) -> None:
    planning = RunRecord(
        run_id="daily-2026-03-03",
        run_date=run.now.date(),
        state=RunState.PLANNING,
        started_at=run.now - timedelta(hours=1),
        deadline_at=run.now,
    )
    stack.ledger.open_run(planning)
    report = run.tick()
    assert set(report.forecasts) == {run.run_id}
    assert stack.ledger.run("daily-2026-03-03") == planning


def test_unreadable_receipt_is_reported_and_other_runs_are_published(make_run: Any) -> None:
    run, other = make_run(), make_run(kind="backfill")
    run.finish(1, 3)
    run.stack.runs.put(layout.receipt_key(run.run_id, 2), b"{")
    other.finish(1, 2, 3)
    report = run.tick()
    assert ["unit-00002.json" in str(error) for error in report.errors] == [True]
    assert run.record.units_done == 2
    assert [summary.run_id for summary in report.published] == [other.run_id]


def test_run_that_can_not_be_published_does_not_block_other_runs(make_run: Any) -> None:
    broken, other = make_run(kind="backfill"), make_run()
    broken.stack.runs.delete([layout.index_key(broken.run_id)])
    broken.finish(1, 2, 3)
    other.finish(1, 2, 3)
    report = other.tick()
    assert ["manifest.json" in str(error) for error in report.errors] == [True]
    assert [summary.run_id for summary in report.published] == [other.run_id]
    assert broken.record.is_settled


def test_tick_function_fails_only_after_every_run_was_processed(make_run: Any) -> None:
    run, other = make_run(), make_run(kind="backfill")
    run.stack.runs.put(layout.receipt_key(run.run_id, 2), b"{")
    other.finish(1, 2, 3)
    with pytest.raises(Exception, match=r"unit-00002\.json"):
        run.stack.tick()
    assert other.record.state is RunState.COMPLETE


def test_tick_function_returns_forecasts_and_published_runs(run: Any) -> None:
    run.finish(1, 2, 3)
    answer = run.stack.tick()
    assert answer["published"] == [run.run_id]
    assert json.dumps(answer["forecasts"][run.run_id])
