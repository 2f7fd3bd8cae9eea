"""Runs in progress, in numbers: as if each worker took a minute for a unit."""

from datetime import UTC, datetime, timedelta

from labeler.completion.forecast import Progress, forecast
from labeler.completion.pace import SettledUnit
from labeler.published import Forecast

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
UNIT_S = 60.0


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def forecast_of(progress: Progress, now: datetime, max_workers: int = 200) -> Forecast:
    return forecast(progress, now, assumed_files_per_second=500, max_workers=max_workers)


def steady(done: int, *, workers: int = 4, units: int = 40, deadline_s: float = 1800) -> Progress:
    """Each worker takes a minute for a unit of 1,000 bytes, one after another."""
    settled = tuple(
        SettledUnit(f"w{n % workers}", 1000, at(UNIT_S * (n // workers)), at(UNIT_S * (n // workers + 1)))
        for n in range(done)
    )
    return Progress(T0, at(deadline_s), units * 10, units * 1000, units, 0, settled)
