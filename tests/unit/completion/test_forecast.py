"""The forecast's promises, and how often its interval is right."""

import heapq
import math
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.completion.forecast import HORIZON_S, MARGIN, Progress, forecast
from labeler.completion.pace import SettledUnit, observed_pace, student_t95
from labeler.messages import DeadlineState, Forecast

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
UNIT_S = 60.0


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def told(progress: Progress, now: datetime, max_workers: int = 200) -> Forecast:
    return forecast(progress, now, assumed_files_per_second=500, max_workers=max_workers)


def steady(done: int, *, workers: int = 4, units: int = 40, deadline_s: float = 1800) -> Progress:
    """Each worker takes a minute for a unit of 1,000 bytes, one after another."""
    settled = tuple(
        SettledUnit(f"w{n % workers}", 1000, at(UNIT_S * (n // workers)), at(UNIT_S * (n // workers + 1)))
        for n in range(done)
    )
    return Progress(T0, at(deadline_s), units * 10, units * 1000, units, 0, settled)


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
def test_nothing_is_ever_negative_or_out_of_order(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    said = told(progress, now)
    assert 0 <= said.workers_needed <= 200
    assert said.units_left == progress.units_left
    assert (said.slack_s is None) == (said.eta_at is None) == (said.eta_low_at is None) == (said.eta_high_at is None)
    if said.eta_at and said.eta_low_at and said.eta_high_at:
        assert now <= said.eta_low_at <= said.eta_at <= said.eta_high_at
        assert said.eta_high_at <= now + timedelta(seconds=HORIZON_S)
    if progress.units_left:
        assert said.workers_needed >= 1


@given(progresses(), st.integers(0, 10**12), st.integers(0, 50))
def test_more_work_never_ends_earlier_or_needs_fewer_workers(
    case: tuple[Progress, datetime], more_bytes: int, more_units: int
) -> None:
    progress, now = case
    more = replace(progress, size_bytes=progress.size_bytes + more_bytes, units=progress.units + more_units)
    if more.bytes_left < progress.bytes_left:
        return  # with failed units among more units, less of the bytes is taken for lost: not more work
    less_said, more_said = told(progress, now), told(more, now)
    if less_said.eta_at and more_said.eta_at:
        assert more_said.eta_at >= less_said.eta_at - timedelta(microseconds=10)
    assert progress.files == 0 or more_said.workers_needed >= less_said.workers_needed or not progress.settled


@given(progresses())
def test_the_state_follows_from_the_interval(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    said = told(progress, now, max_workers=10**9)
    if not progress.units_left or said.eta_at is None or said.eta_high_at is None:
        return
    if now >= progress.deadline_at:
        assert said.state is DeadlineState.LATE
    elif said.state is DeadlineState.ON_TRACK:
        assert said.eta_high_at <= progress.deadline_at
    elif said.state is DeadlineState.AT_RISK:
        assert said.eta_at <= progress.deadline_at < said.eta_high_at


@given(progresses())
def test_a_finished_run_ends_now(case: tuple[Progress, datetime]) -> None:
    progress, now = case
    finished = replace(progress, units=progress.units_failed + len(progress.settled))
    said = told(finished, now)
    assert said.eta_low_at == said.eta_at == said.eta_high_at == now
    assert (said.workers_needed, said.units_left) == (0, 0)
    assert (said.state is DeadlineState.LATE) == (now > progress.deadline_at)


def test_a_steady_run_is_told_to_the_minute() -> None:
    said = told(steady(16), at(4 * UNIT_S + 30))
    assert said.eta_at is not None
    assert abs((said.eta_at - at(600)).total_seconds()) < UNIT_S / 2
    assert (said.state, said.workers_active) == (DeadlineState.ON_TRACK, 4)
    assert said.bytes_per_worker_s == pytest.approx(1000 / UNIT_S, rel=0.1)


def test_the_answer_names_workers_not_only_late() -> None:
    said = told(steady(16, deadline_s=420), at(240))
    assert said.state is DeadlineState.LATE
    assert said.slack_s is not None
    assert said.slack_s < 0
    assert said.workers_needed == math.ceil(MARGIN * 24 * UNIT_S / 180)


def test_a_deadline_inside_the_interval_is_a_risk() -> None:
    first = told(steady(16), at(240))
    assert first.eta_at is not None
    assert first.eta_high_at is not None
    between = (first.eta_at + (first.eta_high_at - first.eta_at) / 2 - T0).total_seconds()
    assert told(steady(16, deadline_s=between), at(240)).state is DeadlineState.AT_RISK


def test_what_the_cluster_can_not_reach_is_late_whoever_works() -> None:
    quiet = steady(0, units=4000, deadline_s=60)
    assert told(replace(quiet, files=4_000_000), at(1), max_workers=10).state is DeadlineState.LATE
    assert told(replace(quiet, files=4_000_000), at(1), max_workers=10).workers_needed == 10


def test_before_the_first_unit_the_assumed_rate_answers_for_workers_and_nothing_for_the_end() -> None:
    progress = replace(steady(0), files=1_800_000, size_bytes=1_800_000 * 17_000)
    said = told(progress, at(60))
    assert (said.eta_at, said.slack_s, said.workers_active, said.bytes_per_worker_s) == (None, None, 0, None)
    assert said.workers_needed == math.ceil(MARGIN * 1_800_000 / 500 / 1740)
    assert said.state is DeadlineState.ON_TRACK


def test_a_run_without_a_worker_is_at_risk_long_before_its_deadline() -> None:
    assert told(steady(0), at(599)).state is DeadlineState.ON_TRACK
    assert told(steady(0), at(601)).state is DeadlineState.AT_RISK
    assert told(steady(0), at(1800)).state is DeadlineState.LATE


def test_workers_that_went_silent_are_not_counted_on() -> None:
    said = told(steady(16), at(240 + 181))
    assert (said.workers_active, said.eta_at) == (0, None)


def test_failed_units_are_nothing_left_to_do() -> None:
    progress = replace(steady(16), units_failed=24)
    assert told(progress, at(240)).units_left == 0
    half = told(replace(steady(16), units_failed=12), at(240))
    whole = told(steady(16), at(240))
    assert half.eta_at is not None
    assert whole.eta_at is not None
    assert half.eta_at < whole.eta_at


def test_units_that_overlap_on_one_worker_count_once() -> None:
    """The next unit is fetched while this one is computed: 40 s each, started every 20 s."""
    units = [SettledUnit("w", 1000, at(20 * n), at(20 * n + 40)) for n in range(20)]
    pace = observed_pace(units, at(20 * 19 + 40))
    assert pace is not None
    assert pace.unit_s == pytest.approx(20, rel=0.1)


@pytest.mark.parametrize(
    ("degrees", "exact"), [(2, 2.9200), (3, 2.3534), (5, 2.0150), (10, 1.8125), (30, 1.6973), (1000, 1.6464)]
)
def test_students_quantile(degrees: int, exact: float) -> None:
    assert student_t95(degrees) == pytest.approx(exact, rel=0.015)


def simulated(seed: int, workers: int, units: int, spread: float) -> list[SettledUnit]:
    """Log-normal unit times; half of the seeds start all workers within 5 s, half spread over a unit."""
    dice = random.Random(seed)
    sigma = math.sqrt(math.log(1 + spread**2))
    free = [(dice.uniform(0, 5 if seed % 2 else UNIT_S), worker) for worker in range(workers)]
    heapq.heapify(free)
    settled = []
    for _ in range(units):
        start, worker = heapq.heappop(free)
        end = start + UNIT_S * math.exp(dice.gauss(-(sigma**2) / 2, sigma))
        heapq.heappush(free, (end, worker))
        settled.append(SettledUnit(f"w{worker}", 1000 + dice.randint(-50, 50), at(start), at(end)))
    return settled


def hit_rate(workers: int, units: int, spread: float, share: float, runs: int) -> float:
    hits = 0
    for seed in range(runs):
        settled = simulated(seed, workers, units, spread)
        ends = sorted(unit.finished_at for unit in settled)
        now = ends[int(units * share)] + timedelta(seconds=random.Random(seed).uniform(0, UNIT_S / workers))
        done = tuple(unit for unit in settled if unit.finished_at <= now)
        total = sum(unit.size_bytes for unit in settled)
        said = told(Progress(T0, at(10**6), units * 10, total, units, 0, done), now)
        hits += bool(said.eta_low_at and said.eta_high_at and said.eta_low_at <= ends[-1] <= said.eta_high_at)
    return hits / runs


SIZES = ((1, 20), (4, 60), (20, 200), (60, 600))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("spread", [0.05, 0.2])
@pytest.mark.parametrize(("workers", "units"), SIZES)
def test_the_interval_holds_the_true_end_in_nine_of_ten_runs(
    workers: int, units: int, spread: float, share: float
) -> None:
    """Seen with 200 runs each: 94 to 100 %."""
    assert hit_rate(workers, units, spread, share, runs=100 if workers < 20 else 30) >= 0.9


def test_the_interval_holds_in_most_runs_even_of_very_uneven_units() -> None:
    """Seen with 200 runs each: 79 to 96 %. Log-normal times with this spread are far from the normal ones assumed."""
    rates = [hit_rate(*size, 0.5, share, runs=30) for size in SIZES for share in (0.2, 0.5, 0.8)]
    assert min(rates) >= 0.65
    assert sum(rates) / len(rates) >= 0.8
