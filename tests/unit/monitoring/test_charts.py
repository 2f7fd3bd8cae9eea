"""The forecast over time as coordinates."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from labeler.monitoring.charts import MAX_POINTS, ForecastChart, forecast_chart, ticks
from labeler.published import Forecast
from tests.unit.monitoring.a_run import T0, forecast

DEADLINE = T0 + timedelta(minutes=30)


def chart_of(*forecasts: Forecast, ended_s: float | None = None) -> ForecastChart | None:
    ended_at = None if ended_s is None else T0 + timedelta(seconds=ended_s)
    return forecast_chart(forecasts, started_at=T0, deadline_at=DEADLINE, ended_at=ended_at)


def drawn(*forecasts: Forecast, ended_s: float | None = None) -> ForecastChart:
    chart = chart_of(*forecasts, ended_s=ended_s)
    assert chart is not None
    return chart


def pairs(points: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split(",") for pair in points.split())]


def test_without_a_forecast_that_knows_an_end_there_is_no_chart() -> None:
    assert chart_of() is None
    assert chart_of(forecast(60, None, 0)) is None


def test_a_forecast_that_knew_no_end_breaks_the_line() -> None:
    chart = drawn(*(forecast(at, eta, 10) for at, eta in ((60, 600), (120, 600), (180, None), (240, 700))))
    assert [len(pairs(line)) for line in chart.lines] == [2, 1]


def test_an_end_before_the_deadline_is_drawn_below_it_and_a_late_one_above() -> None:
    chart = drawn(forecast(60, 900, 10), forecast(120, 2400, 10))
    (_, early), (_, late) = pairs(chart.lines[0])
    assert late < chart.deadline_y < early, "downwards is larger"


def test_the_end_of_a_run_is_a_dot_on_both_axes() -> None:
    chart = drawn(forecast(60, 600, 60), ended_s=600)
    assert chart.end is not None
    assert chart.end[0] == 100
    assert drawn(forecast(60, 600, 60)).end is None


@given(st.lists(st.tuples(st.floats(1, 1e5), st.floats(0, 1e6)), min_size=1, max_size=30), st.booleans())
def test_whatever_was_forecast_is_drawn_inside(told: list[tuple[float, float]], is_ended: bool) -> None:
    forecasts = [forecast(at, at + ahead, ahead / 2) for at, ahead in sorted(told)]
    chart = drawn(*forecasts, ended_s=max(at for at, _ in told) if is_ended else None)
    every = [pair for points in (*chart.lines, *chart.bands) for pair in pairs(points)]
    assert all(0 <= value <= 100 for pair in every for value in pair)
    assert 0 < chart.deadline_y <= 100


def test_a_run_of_days_is_drawn_with_a_bounded_number_of_points() -> None:
    chart = drawn(*(forecast(60 * minute, 60 * minute + 100, 10) for minute in range(1, 5000)))
    assert len(pairs(chart.lines[0])) == MAX_POINTS


@given(st.floats(1, 4e5))
def test_ticks_are_few_and_round(length_s: float) -> None:
    found = ticks(length_s)
    assert 1 <= len(found) <= 6
    assert found[0].seconds == 0
    assert all(tick.at <= 100 for tick in found)
