"""The forecast: bounds, states, and the workers that a run needs."""

import math
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.completion.forecast import HORIZON_S, MARGIN, Progress
from labeler.completion.pace import SettledUnit
from labeler.published import DeadlineState
from tests.unit.completion.progresses import T0, UNIT_S, at, forecast_of, steady


@st.composite
def progresses(draw: st.DrawFn) -> tuple[Progress, datetime]:
    units, failed = draw(st.integers(0, 60)), draw(st.integers(0, 10))
    settled = draw(
        st.lists(
            st.builds(
                lambda worker, size, start, length: SettledUnit(f"w{worker}", size, at(start), at(start + length)),
                st.integers(0, 5),
                st.integers(0, 10**9),
                st.floats(0, 5000),
                st.floats(0, 5000),
            ),
            max_size=20,
        )
    )
    size = sum(unit.size_bytes for unit in settled) + draw(st.integers(0, 10**12))
    deadline = at(draw(st.floats(-100, 10_000)))
    return (
        Progress(
            T0, deadline, draw(st.integers(0, 10**7)), size, units + failed + len(settled), failed, tuple(settled)
        ),
        at(draw(st.floats(0, 20_000))),
    )


@given(progresses())
def test_forecast_values_are_never_negative_or_out_of_order(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    result = forecast_of(progress, now)
    assert 0 <= result.workers_needed <= 200
    assert result.units_left == progress.units_left
    assert (
        (result.slack_s is None)
        == (result.eta_at is None)
        == (result.eta_low_at is None)
        == (result.eta_high_at is None)
    )
    if result.eta_at and result.eta_low_at and result.eta_high_at:
        assert now <= result.eta_low_at <= result.eta_at <= result.eta_high_at
        assert result.eta_high_at <= now + timedelta(seconds=HORIZON_S)
    if progress.units_left:
        assert result.workers_needed >= 1


@given(progresses(), st.integers(0, 10**12), st.integers(0, 50))
def test_more_work_never_ends_earlier_or_needs_fewer_workers(
    case: tuple[Progress, datetime], more_bytes: int, more_units: int
) -> None:
    progress, now = case
    more = replace(progress, size_bytes=progress.size_bytes + more_bytes, units=progress.units + more_units)
    if more.bytes_left < progress.bytes_left:
        return  # with failed units among more units, less of the bytes is taken for lost: not more work
    result, more_result = forecast_of(progress, now), forecast_of(more, now)
    if result.eta_at and more_result.eta_at:
        assert more_result.eta_at >= result.eta_at - timedelta(microseconds=10)
    assert progress.files == 0 or more_result.workers_needed >= result.workers_needed or not progress.settled


@given(progresses())
def test_deadline_state_follows_from_the_interval_of_the_end(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    result = forecast_of(progress, now, max_workers=10**9)
    if not progress.units_left or result.eta_at is None or result.eta_high_at is None:
        return
    if now >= progress.deadline_at:
        assert result.state is DeadlineState.LATE
    elif result.state is DeadlineState.ON_TRACK:
        assert result.eta_high_at <= progress.deadline_at
    elif result.state is DeadlineState.AT_RISK:
        assert result.eta_at <= progress.deadline_at < result.eta_high_at


@given(progresses())
def test_eta_is_now_when_no_unit_is_left(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    finished = replace(progress, units=progress.units_failed + len(progress.settled))
    result = forecast_of(finished, now)
    assert result.eta_low_at == result.eta_at == result.eta_high_at == now
    assert (result.workers_needed, result.units_left) == (0, 0)
    assert (result.state is DeadlineState.LATE) == (now > progress.deadline_at)


def test_steady_run_is_forecast_within_half_a_unit() -> None:
    result = forecast_of(steady(16), at(4 * UNIT_S + 30))
    assert result.eta_at is not None
    assert abs((result.eta_at - at(600)).total_seconds()) < UNIT_S / 2
    assert (result.state, result.workers_active) == (DeadlineState.ON_TRACK, 4)
    assert result.bytes_per_worker_s == pytest.approx(1000 / UNIT_S, rel=0.1)


def test_late_forecast_says_how_many_workers_are_needed() -> None:
    result = forecast_of(steady(16, deadline_s=420), at(240))
    assert result.state is DeadlineState.LATE
    assert result.slack_s is not None
    assert result.slack_s < 0
    assert result.workers_needed == math.ceil(MARGIN * 24 * UNIT_S / 180)


def test_deadline_inside_the_interval_is_at_risk() -> None:
    first = forecast_of(steady(16), at(240))
    assert first.eta_at is not None
    assert first.eta_high_at is not None
    between = (first.eta_at + (first.eta_high_at - first.eta_at) / 2 - T0).total_seconds()
    assert forecast_of(steady(16, deadline_s=between), at(240)).state is DeadlineState.AT_RISK


def test_run_is_late_when_even_max_workers_can_not_finish_in_time() -> None:
    quiet = steady(0, units=4000, deadline_s=60)
    assert forecast_of(replace(quiet, files=4_000_000), at(1), max_workers=10).state is DeadlineState.LATE
    assert forecast_of(replace(quiet, files=4_000_000), at(1), max_workers=10).workers_needed == 10


def test_before_the_first_unit_workers_come_from_the_assumed_rate_and_there_is_no_eta() -> None:
    progress = replace(steady(0), files=1_800_000, size_bytes=1_800_000 * 17_000)
    result = forecast_of(progress, at(60))
    assert (result.eta_at, result.slack_s, result.workers_active, result.bytes_per_worker_s) == (None, None, 0, None)
    assert result.workers_needed == math.ceil(MARGIN * 1_800_000 / 500 / 1740)
    assert result.state is DeadlineState.ON_TRACK


def test_run_without_workers_is_at_risk_long_before_its_deadline() -> None:
    assert forecast_of(steady(0), at(599)).state is DeadlineState.ON_TRACK
    assert forecast_of(steady(0), at(601)).state is DeadlineState.AT_RISK
    assert forecast_of(steady(0), at(1800)).state is DeadlineState.LATE


def test_silent_workers_are_not_counted_as_active() -> None:
    result = forecast_of(steady(16), at(240 + 181))
    assert (result.workers_active, result.eta_at) == (0, None)


def test_failed_units_count_as_no_work_left() -> None:
    progress = replace(steady(16), units_failed=24)
    assert forecast_of(progress, at(240)).units_left == 0
    half = forecast_of(replace(steady(16), units_failed=12), at(240))
    whole = forecast_of(steady(16), at(240))
    assert half.eta_at is not None
    assert whole.eta_at is not None
    assert half.eta_at < whole.eta_at
