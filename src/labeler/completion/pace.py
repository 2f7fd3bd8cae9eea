"""How fast a run's workers are, from the units that they settled. Pure; `forecast` explains the formulas."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from labeler.completion.distributions import moments_of_longer, normal_loss

RECENT_UNITS = 3
RECENT_S = 60.0
"""A worker is active when it settled a unit within this time, or within RECENT_UNITS mean units if that is longer."""
PRIOR_UNITS = 3
PRIOR_SPREAD = 0.5
SHORTEST_S = 1e-3
EM_ROUNDS = 12


@dataclass(frozen=True, slots=True)
class SettledUnit:
    worker_id: str
    size_bytes: int
    started_at: datetime
    finished_at: datetime


@dataclass(frozen=True, slots=True)
class Pace:
    bytes_per_worker_s: float
    unit_s: float
    """Of one worker, for a mean unit."""
    spread: float
    """Standard deviation of a unit's time over its mean, pooled with the prior."""
    in_hand_s: tuple[float, ...]
    """Since each active worker settled its last unit, longest first."""

    @property
    def workers_active(self) -> int:
        return len(self.in_hand_s)

    @property
    def slowest_of_a_wave_s(self) -> float:
        """Expected time of the slowest, when every active worker is somewhere in a unit and no unit waits."""
        loss, low, high = 1 / ((self.workers_active + 1) * self.spread), -1 / self.spread, 8.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if normal_loss(middle) > loss else (low, middle)
        return max(1 + self.spread * low, 0.0) * self.unit_s

    def slowest_in_hand_s(self, units_left: int) -> float:
        """Expected rest of the slowest running unit.

        When fewer units are left than workers, those that settled something last found the queue empty.
        """
        running = self.in_hand_s[:units_left]
        deviation = self.spread * self.unit_s
        return max(moments_of_longer(time, self.unit_s, deviation)[0] - time for time in running)


def observed_pace(units: Sequence[SettledUnit], now: datetime) -> Pace | None:
    """None before the first unit."""
    if not units:
        return None
    times, in_hand = _unit_times(units, now)
    unit_s, variance = _uncensored_moments(times, in_hand)
    rate = max(sum(unit.size_bytes for unit in units), len(units)) / (len(units) * unit_s)
    pooled = (PRIOR_UNITS * PRIOR_SPREAD**2 + len(times) * variance / unit_s**2) / (PRIOR_UNITS + len(times))
    return Pace(bytes_per_worker_s=rate, unit_s=unit_s, spread=math.sqrt(pooled), in_hand_s=tuple(in_hand))


def _unit_times(units: Sequence[SettledUnit], now: datetime) -> tuple[list[float], list[float]]:
    """(seconds of each settled unit, seconds that each active worker has spent on the next one)."""
    workers: dict[str, list[SettledUnit]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit.finished_at):
        workers[unit.worker_id].append(unit)
    times: list[float] = []
    for own_units in workers.values():
        before = None
        for unit in own_units:
            start = unit.started_at if before is None else max(unit.started_at, before)
            times.append(max((unit.finished_at - start).total_seconds(), SHORTEST_S))
            before = unit.finished_at
    window = timedelta(seconds=max(RECENT_S, RECENT_UNITS * sum(times) / len(times)))
    idle = [now - own_units[-1].finished_at for own_units in workers.values()]
    in_hand = (max(time.total_seconds(), 0.0) for time in idle if time <= window)
    return times, sorted(in_hand, reverse=True)


def _uncensored_moments(times: Iterable[float], in_hand: Sequence[float]) -> tuple[float, float]:
    """Mean and variance of unit times, with those in hand known to be longer than the time they have."""
    seen = list(times)
    mean = sum(seen) / len(seen)
    variance = sum((time - mean) ** 2 for time in seen) / len(seen)
    count = len(seen) + len(in_hand)
    total, squares = sum(seen), sum(time**2 for time in seen)
    for _ in range(EM_ROUNDS):
        deviation = max(math.sqrt(variance), 0.05 * mean)
        ahead = [moments_of_longer(time, mean, deviation) for time in in_hand]
        mean = (total + sum(first for first, _ in ahead)) / count
        variance = max((squares + sum(second for _, second in ahead)) / count - mean**2, 0.0)
    return mean, variance
