"""When a run will end, from the units it has settled. Pure: the clock comes in as `now`.

With m units settled, R bytes left in n units, W workers active, c worker-seconds per byte, unit time u and its
relative spread v:

    ETA      = now + max(R c / W - u, 0) + u g          until the queue is empty + the last units still running
    interval = ETA -+ t u sqrt(v^2 q / W^2 (1 + q / m) + 1/12 + v^2)      with q = max(n - W, 0)

A unit's time is what its worker spent on it alone: fetching the next unit overlaps computing this one, so it counts
from the end of the worker's previous unit. The units that settle first are the short ones; u and v are therefore
estimated with what workers now have in hand, as normal durations known to be longer than the time in hand (the EM
algorithm for censored data; Dempster, Laird and Rubin 1977, section 4.3).

g is how long the slowest of W running units takes: the expected maximum of W residual times of a renewal process,
that is the x = u (1 + v k) at which v L(k) = 1 / (W + 1), L being the normal loss function (Cox, Renewal Theory,
1962, section 5.1).

The first term of the interval is the prediction interval of a sum of q future values after m seen ones (Hahn and
Meeker, Statistical Intervals, 1991, section 4.7); 1/12 is the unknown phase of the last wave, v^2 its slowest unit.
v is pooled with PRIOR_UNITS imaginary units of spread PRIOR_SPREAD (the scaled inverse-chi-square prior of Gelman
et al., Bayesian Data Analysis, section 3.3), so that one settled unit already gives a wide, finite interval; t is
Student's 95 % quantile at PRIOR_UNITS + m - 1 degrees of freedom. Workers that come or go after `now` are not
foreseen.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from labeler.completion.distributions import student_t95
from labeler.completion.pace import PRIOR_UNITS, Pace, SettledUnit, observed_pace
from labeler.published import DeadlineState, Forecast

MARGIN = 1.2
"""On the workers needed: they start up, and the last wave leaves some idle."""
SILENCE = 1 / 3
"""Share of the time to the deadline that may pass without an active worker before the run is at risk."""
HORIZON_S = 30 * 86400.0


@dataclass(frozen=True, slots=True)
class Progress:
    """A run in numbers. `settled` are the units with a receipt; failed units count as nothing left to do."""

    started_at: datetime
    deadline_at: datetime
    files: int
    size_bytes: int
    units: int
    units_failed: int
    settled: tuple[SettledUnit, ...]
    generation: int = 1

    @property
    def units_left(self) -> int:
        return max(self.units - self.units_failed - len(self.settled), 0)

    @property
    def bytes_left(self) -> float:
        """Failed units are taken as mean ones; a unit that is left weighs at least a byte."""
        if not self.units_left:
            return 0.0
        share_alive = 1 - self.units_failed / self.units
        return max(self.size_bytes * share_alive - sum(unit.size_bytes for unit in self.settled), self.units_left)


def forecast(progress: Progress, now: datetime, *, assumed_files_per_second: float, max_workers: int) -> Forecast:
    """`assumed_files_per_second` (one worker's) gives the workers needed until a unit settles.

    `workers_needed` ends the rest in time, with MARGIN; it never exceeds `max_workers`. No ETA without a worker
    seen lately. LATE: the ETA, or what even `max_workers` could reach, is behind the deadline.
    """
    if not progress.units_left:
        return _finished(progress, now)
    pace = observed_pace(progress.settled, now)
    rate = pace.bytes_per_worker_s if pace else _assumed_rate(progress, assumed_files_per_second)
    time_left_s = (progress.deadline_at - now).total_seconds()
    work_s = min(progress.bytes_left / rate, HORIZON_S)
    workers_for_deadline = work_s / time_left_s if time_left_s > 0 else math.inf
    eta_s, half_s = _eta(progress, pace, work_s) if pace and pace.workers_active else (None, None)
    return Forecast(
        at=now,
        state=_state(progress, now, eta_s, half_s, is_possible=workers_for_deadline <= max_workers),
        eta_at=_after(now, eta_s),
        eta_low_at=_after(now, None if eta_s is None or half_s is None else max(eta_s - half_s, 0.0)),
        eta_high_at=_after(now, None if eta_s is None or half_s is None else eta_s + half_s),
        slack_s=None if eta_s is None else time_left_s - eta_s,
        workers_active=pace.workers_active if pace else 0,
        workers_needed=_with_margin(workers_for_deadline, max_workers),
        units_left=progress.units_left,
        bytes_per_worker_s=pace.bytes_per_worker_s if pace else None,
        generation=progress.generation,
    )


def _with_margin(workers: float, max_workers: int) -> int:
    return max_workers if workers * MARGIN > max_workers else max(math.ceil(workers * MARGIN), 1)


def _eta(progress: Progress, pace: Pace, work_s: float) -> tuple[float, float]:
    """(seconds from now, half of the 90 % interval)."""
    seen, left, workers = len(progress.settled), progress.units_left, pace.workers_active
    queued = max(left - workers, 0)
    eta_s = pace.slowest_in_hand_s(left)
    if queued:
        eta_s = max(eta_s, work_s / workers - pace.unit_s + pace.slowest_of_a_wave_s, pace.slowest_of_a_wave_s)
    of_sum = queued / workers**2 * (1 + queued / seen)
    of_wave = 1 + math.log(min(left, workers))
    variance = 1 / 12 + pace.spread**2 * (of_sum + of_wave)
    return eta_s, student_t95(PRIOR_UNITS + seen - 1) * pace.unit_s * math.sqrt(variance)


def _state(
    progress: Progress, now: datetime, eta_s: float | None, half_s: float | None, *, is_possible: bool
) -> DeadlineState:
    time_left_s = (progress.deadline_at - now).total_seconds()
    if time_left_s <= 0 or not is_possible:
        return DeadlineState.LATE
    if eta_s is None or half_s is None:
        quiet_until = progress.deadline_at - (progress.deadline_at - progress.started_at) * (1 - SILENCE)
        return DeadlineState.ON_TRACK if now <= quiet_until else DeadlineState.AT_RISK
    if eta_s > time_left_s:
        return DeadlineState.LATE
    return DeadlineState.ON_TRACK if eta_s + half_s <= time_left_s else DeadlineState.AT_RISK


def _finished(progress: Progress, now: datetime) -> Forecast:
    slack_s = (progress.deadline_at - now).total_seconds()
    return Forecast(
        at=now,
        state=DeadlineState.ON_TRACK if slack_s >= 0 else DeadlineState.LATE,
        eta_at=now,
        eta_low_at=now,
        eta_high_at=now,
        slack_s=slack_s,
        workers_active=0,
        workers_needed=0,
        units_left=0,
        bytes_per_worker_s=None,
        generation=progress.generation,
    )


def _assumed_rate(progress: Progress, files_per_second: float) -> float:
    return files_per_second * max(progress.size_bytes / max(progress.files, 1), 1.0)


def _after(now: datetime, seconds: float | None) -> datetime | None:
    return None if seconds is None else now + timedelta(seconds=min(seconds, HORIZON_S))
