"""When the daily run counts as missing, of which day, and until when."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from labeler import layout
from labeler.completion.daily_run import is_daily_run_missing
from labeler.completion.metrics import tick_metrics
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


def is_missing_at(*runs: RunRecord, at: str) -> bool:
    return is_daily_run_missing(runs, due_at=DUE, now=datetime.fromisoformat(f"2026-03-02T{at}+00:00"))


def test_daily_run_is_missing_from_its_due_time_on() -> None:
    before = run(YESTERDAY - timedelta(days=1), state=RunState.COMPLETE)
    assert not is_missing_at(before, at="04:39:59")
    assert is_missing_at(before, at="04:40:00")
    assert is_missing_at(before, at="23:59:59")


def test_due_run_is_the_one_that_labels_the_day_before() -> None:
    assert not is_missing_at(run(YESTERDAY), at="04:40:00")
    assert is_missing_at(run(TODAY), at="04:40:00"), "a bare `labeler run start` opens the wrong day"


def test_run_that_never_opened_is_missing_until_the_next_is_due() -> None:
    assert is_missing_at(run(YESTERDAY - timedelta(days=2)), at="00:10:00")


@pytest.mark.parametrize("state", list(RunState))
def test_run_in_planning_still_counts_as_missing(state: RunState) -> None:
    assert is_missing_at(run(YESTERDAY, state=state), at="05:00:00") is (state is RunState.PLANNING)


def test_backfill_does_not_count_as_the_daily_run() -> None:
    assert is_missing_at(run(YESTERDAY, kind="backfill"), at="05:00:00")


@pytest.mark.parametrize(("is_missing", "values"), [(True, [1]), (False, [0]), (None, [])])
def test_metric_is_1_when_missing_0_when_open_and_absent_when_no_due_time_is_set(
    is_missing: bool | None, values: list[int]
) -> None:
    measures = tick_metrics([], [], is_daily_run_missing=is_missing)
    assert measures == [Measure(Metric.DAILY_RUN_MISSING, value) for value in values]


def test_due_time_is_equal_after_a_round_trip_through_variables() -> None:
    places = dict.fromkeys(("raw_bucket", "labels_bucket", "runs_bucket", "ledger_table", "dead_letter_queue_url"), "x")
    settings = CompletionSettings(**places, daily_run_due_at=DUE)
    assert CompletionSettings.from_environment(settings.as_environment()).daily_run_due_at == DUE
