"""Coordinates of charts, in percent of the drawing's width and height, y downwards. Pure.

The page stretches the drawing to its own width and puts words beside it, so that they have the same size on a phone
and on a wall.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from labeler.published import Forecast

MAX_POINTS = 240
"""More than a screen's pixels say nothing more."""
HEADROOM = 1.12
TICKS = 5
STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)


class Tick(NamedTuple):
    at: float
    """Percent of the axis."""
    seconds: float


class ForecastChart(NamedTuple):
    """Over the time of the run: when each forecast expected its end, against the deadline."""

    lines: list[str]
    """Points of polylines: the expected ends; a forecast that knew none breaks the line."""
    bands: list[str]
    """Points of polygons: their 90 % intervals."""
    deadline_y: float
    end: tuple[float, float] | None
    """When the run ended, and the same on the other axis; None while it is open."""
    x_ticks: list[Tick]
    y_ticks: list[Tick]


def forecast_chart(
    forecasts: Sequence[Forecast], *, started_at: datetime, deadline_at: datetime, ended_at: datetime | None
) -> ForecastChart | None:
    """None without a forecast that knew an end: then there is nothing to draw."""
    known = [forecast for forecast in forecasts if forecast.eta_at and forecast.at >= started_at]
    if not known:
        return None

    def since(moment: datetime | None) -> float:
        return (moment - started_at).total_seconds() if moment else 0.0

    deadline_s, last_s = since(deadline_at), since(ended_at or known[-1].at)
    width_s = max(last_s, since(known[-1].at), 1.0)
    expected_s = max(since(forecast.eta_high_at or forecast.eta_at) for forecast in known)
    # an early interval may reach for hours: what lies far above the deadline is late, how late is the table's to say
    height_s = max(min(expected_s, 2 * deadline_s), deadline_s, last_s) * HEADROOM

    def x(moment: datetime) -> float:
        return _percent(since(moment), width_s)

    def y(moment: datetime | None) -> float:
        return 100.0 - _percent(since(moment), height_s)

    lines, bands = [], []
    for part in _unbroken(_thinned(list(forecasts))):
        low = [(x(one.at), y(one.eta_low_at)) for one in part if one.eta_low_at]
        high = [(x(one.at), y(one.eta_high_at)) for one in part if one.eta_high_at]
        lines.append(_points([(x(one.at), y(one.eta_at)) for one in part]))
        bands.append(_points([*high, *reversed(low)]))
    return ForecastChart(
        lines=lines,
        bands=bands,
        deadline_y=y(deadline_at),
        end=(x(ended_at), y(ended_at)) if ended_at else None,
        x_ticks=ticks(width_s),
        y_ticks=[Tick(100 - tick.at, tick.seconds) for tick in ticks(height_s)],
    )


def ticks(length_s: float) -> list[Tick]:
    """Round times, at most TICKS of them and the start."""
    step = next((step for step in STEPS_S if length_s / step <= TICKS), STEPS_S[-1])
    return [Tick(_percent(at, length_s), at) for at in range(0, int(length_s) + 1, step)]


def _thinned(forecasts: list[Forecast]) -> list[Forecast]:
    if len(forecasts) <= MAX_POINTS:
        return forecasts
    return [forecasts[round(i * (len(forecasts) - 1) / (MAX_POINTS - 1))] for i in range(MAX_POINTS)]


def _unbroken(forecasts: list[Forecast]) -> list[list[Forecast]]:
    parts: list[list[Forecast]] = [[]]
    for forecast in forecasts:
        if forecast.eta_at:
            parts[-1].append(forecast)
        elif parts[-1]:
            parts.append([])
    return [part for part in parts if part]


def _percent(value: float, whole: float) -> float:
    return round(min(max(100 * value / whole, 0.0), 100.0), 2)


def _points(pairs: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:g},{y:g}" for x, y in pairs)
