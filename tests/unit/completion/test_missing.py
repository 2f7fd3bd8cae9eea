"""When the daily run is missed, of which day, and until when."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from labeler import layout
from labeler.completion import measures
from labeler.completion.missing import is_daily_run_missing
from labeler.ledger import RunRecord
from labeler.messages import RunState
from labeler.settings import CompletionSettings
from labeler.telemetry import Measure, Metric

DUE = time(4, 40)
YESTERDAY, TODAY = date(2026, 3, 1), date(2026, 3, 2)


def run(day: date, *, kind: str = "daily", state: RunState = RunState.RUNNING) -> RunRecord:
    opened = datetime(2026, 3, 2, 4, 31, tzinfo=UTC)
    return RunRecord(
        run_id=layout.run_id(day, kind),
        run_date=day,
        state=state,
        started_at=opened,
        deadline_at=opened + timedelta(minutes=30),
    )


def is_missing(*runs: RunRecord, at: str) -> bool:
    return is_daily_run_missing(runs, due_at=DUE, now=datetime.fromisoformat(f"2026-03-02T{at}+00:00"))


def test_a_run_is_missed_from_its_time_on_and_not_before() -> None:
    before = run(YESTERDAY - timedelta(days=1), state=RunState.COMPLETE)
    assert not is_missing(before, at="04:39:59")
    assert is_missing(before, at="04:40:00")
    assert is_missing(before, at="23:59:59")


def test_the_day_before_is_the_day_that_is_labeled() -> None:
    assert not is_missing(run(YESTERDAY), at="04:40:00")
    assert is_missing(run(TODAY), at="04:40:00"), "a bare `labeler run start` opens the wrong day"


def test_a_run_that_never_came_is_missed_until_the_next_is_due() -> None:
    assert is_missing(run(YESTERDAY - timedelta(days=2)), at="00:10:00")


@pytest.mark.parametrize("state", list(RunState))
def test_a_run_that_is_only_planned_is_not_open(state: RunState) -> None:
    assert is_missing(run(YESTERDAY, state=state), at="05:00:00") is (state is RunState.PLANNING)


def test_a_backfill_is_no_daily_run() -> None:
    assert is_missing(run(YESTERDAY, kind="backfill"), at="05:00:00")


@pytest.mark.parametrize(("is_told", "measured"), [(True, [1]), (False, [0]), (None, [])])
def test_the_alarm_hears_of_it_each_minute_also_that_it_is_over(is_told: bool | None, measured: list[int]) -> None:
    found = measures.of_tick([], [], is_daily_run_missing=is_told)
    assert found == [Measure(Metric.DAILY_RUN_MISSING, value) for value in measured]


def test_the_time_reaches_the_tick_as_it_was_meant() -> None:
    places = dict.fromkeys(("raw_bucket", "labels_bucket", "runs_bucket", "ledger_table", "dead_letter_queue_url"), "x")
    settings = CompletionSettings(**places, daily_run_due_at=DUE)
    assert CompletionSettings.from_environment(settings.as_environment()).daily_run_due_at == DUE
