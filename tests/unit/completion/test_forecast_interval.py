"""How often the forecast's interval contains the true end of a simulated run."""

import heapq
import math
import random
from datetime import timedelta

import pytest

from labeler.completion.forecast import Progress
from labeler.completion.pace import SettledUnit
from tests.unit.completion.progresses import T0, UNIT_S, at, forecast_of

SIZES = ((1, 20), (4, 60), (20, 200), (60, 600))


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
        result = forecast_of(Progress(T0, at(10**6), units * 10, total, units, 0, done), now)
        hits += bool(result.eta_low_at and result.eta_high_at and result.eta_low_at <= ends[-1] <= result.eta_high_at)
    return hits / runs


@pytest.mark.parametrize("share", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("spread", [0.05, 0.2])
@pytest.mark.parametrize(("workers", "units"), SIZES)
def test_interval_contains_the_true_end_in_nine_of_ten_runs(
    workers: int, units: int, spread: float, share: float
) -> None:
    """Seen with 200 runs each: 94 to 100 %."""
    assert hit_rate(workers, units, spread, share, runs=100 if workers < 20 else 30) >= 0.9


def test_interval_contains_the_true_end_in_most_runs_with_very_uneven_units() -> None:
    """Seen with 200 runs each: 79 to 96 %. Log-normal times with this spread are far from the normal ones assumed."""
    rates = [hit_rate(*size, 0.5, share, runs=30) for size in SIZES for share in (0.2, 0.5, 0.8)]
    assert min(rates) >= 0.65
    assert sum(rates) / len(rates) >= 0.8
