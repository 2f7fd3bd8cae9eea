"""How fast a run's workers are, from the units that they settled. Pure; the formulas are told in `forecast`."""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RECENT_UNITS = 3
RECENT_S = 60.0
"""A worker is active when it settled a unit within this time, or within RECENT_UNITS mean units if that is longer."""
PRIOR_UNITS = 3
PRIOR_SPREAD = 0.5
SHORTEST_S = 1e-3
EM_ROUNDS = 12
Z95 = 1.6448536269514722


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
        wanted, low, high = 1 / ((self.workers_active + 1) * self.spread), -1 / self.spread, 8.0
        for _ in range(40):
            middle = (low + high) / 2
            low, high = (middle, high) if _normal_loss(middle) > wanted else (low, middle)
        return max(1 + self.spread * low, 0.0) * self.unit_s

    def slowest_in_hand_s(self, units_left: int) -> float:
        """Expected rest of the slowest running unit.

        When fewer units are left than workers, those that settled something last found the queue empty.
        """
        running = self.in_hand_s[:units_left]
        deviation = self.spread * self.unit_s
        return max(_given_longer(time, self.unit_s, deviation)[0] - time for time in running)


def observed_pace(units: Sequence[SettledUnit], now: datetime) -> Pace | None:
    """None before the first unit."""
    if not units:
        return None
    times, in_hand = _unit_times(units, now)
    unit_s, variance = _uncensored(times, in_hand)
    rate = max(sum(unit.size_bytes for unit in units), len(units)) / (len(units) * unit_s)
    pooled = (PRIOR_UNITS * PRIOR_SPREAD**2 + len(times) * variance / unit_s**2) / (PRIOR_UNITS + len(times))
    return Pace(bytes_per_worker_s=rate, unit_s=unit_s, spread=math.sqrt(pooled), in_hand_s=tuple(in_hand))


def student_t95(degrees: int) -> float:
    """The 95 % quantile of Student's t: the expansion around the normal one (Abramowitz and Stegun 26.7.5).

    Within 1.5 % of the exact value from 2 degrees of freedom on, which saves the Lambda a numerical library.
    """
    z, v = Z95, degrees
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
    )


def _unit_times(units: Sequence[SettledUnit], now: datetime) -> tuple[list[float], list[float]]:
    """(seconds of each settled unit, seconds that each active worker has spent on the next one)."""
    workers: dict[str, list[SettledUnit]] = defaultdict(list)
    for unit in sorted(units, key=lambda unit: unit.finished_at):
        workers[unit.worker_id].append(unit)
    times: list[float] = []
    for mine in workers.values():
        before = None
        for unit in mine:
            start = unit.started_at if before is None else max(unit.started_at, before)
            times.append(max((unit.finished_at - start).total_seconds(), SHORTEST_S))
            before = unit.finished_at
    window = timedelta(seconds=max(RECENT_S, RECENT_UNITS * sum(times) / len(times)))
    idle = [now - mine[-1].finished_at for mine in workers.values()]
    in_hand = (max(time.total_seconds(), 0.0) for time in idle if time <= window)
    return times, sorted(in_hand, reverse=True)


def _uncensored(times: Iterable[float], in_hand: Sequence[float]) -> tuple[float, float]:
    """Mean and variance of unit times, with those in hand known to be longer than the time they have."""
    seen = list(times)
    mean = sum(seen) / len(seen)
    variance = sum((time - mean) ** 2 for time in seen) / len(seen)
    count = len(seen) + len(in_hand)
    total, squares = sum(seen), sum(time**2 for time in seen)
    for _ in range(EM_ROUNDS):
        deviation = max(math.sqrt(variance), 0.05 * mean)
        ahead = [_given_longer(time, mean, deviation) for time in in_hand]
        mean = (total + sum(first for first, _ in ahead)) / count
        variance = max((squares + sum(second for _, second in ahead)) / count - mean**2, 0.0)
    return mean, variance


def _given_longer(than: float, mean: float, deviation: float) -> tuple[float, float]:
    """First and second moment of a normal duration that is longer than `than`."""
    a = min((than - mean) / deviation, 6.0)
    hazard = _density(a) / max(_beyond(a), 1e-12)
    first = mean + deviation * hazard
    return first, first**2 + deviation**2 * max(1 + a * hazard - hazard**2, 0.0)


def _density(z: float) -> float:
    return math.exp(-z * z / 2) / math.sqrt(2 * math.pi)


def _beyond(z: float) -> float:
    return math.erfc(z / math.sqrt(2)) / 2


def _normal_loss(k: float) -> float:
    return _density(k) - k * _beyond(k)
