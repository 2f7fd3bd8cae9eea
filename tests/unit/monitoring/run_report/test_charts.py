"""The forecast over time as coordinates."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from labeler.monitoring.run_report.charts import MAX_POINTS, ForecastChart, forecast_chart, ticks
from labeler.published import Forecast
from tests.unit.monitoring.example_receipts import T0, forecast

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


def test_no_chart_when_no_forecast_has_an_eta() -> None:
    assert chart_of() is None
    assert chart_of(forecast(60, None, 0)) is None


def test_a_forecast_without_an_eta_breaks_the_line() -> None:
    chart = drawn(*(forecast(at, eta, 10) for at, eta in ((60, 600), (120, 600), (180, None), (240, 700))))
    assert [len(pairs(line)) for line in chart.lines] == [2, 1]


def test_an_early_eta_is_drawn_below_the_deadline_and_a_late_one_above() -> None:
    chart = drawn(forecast(60, 900, 10), forecast(120, 2400, 10))
    (_, early), (_, late) = pairs(chart.lines[0])
    assert late < chart.deadline_y < early, "downwards is larger"


def test_a_finished_run_has_a_dot_at_its_end_and_an_open_run_has_none() -> None:
    chart = drawn(forecast(60, 600, 60), ended_s=600)
    assert chart.end is not None
    assert chart.end[0] == 100
    assert drawn(forecast(60, 600, 60)).end is None


@given(st.lists(st.tuples(st.floats(1, 1e5), st.floats(0, 1e6)), min_size=1, max_size=30), st.booleans())
def test_every_point_lies_inside_the_drawing(etas: list[tuple[float, float]], is_ended: bool) -> None:
    forecasts = [forecast(at, at + ahead, ahead / 2) for at, ahead in sorted(etas)]
    chart = drawn(*forecasts, ended_s=max(at for at, _ in etas) if is_ended else None)
    every = [pair for points in (*chart.lines, *chart.bands) for pair in pairs(points)]
    assert all(0 <= value <= 100 for pair in every for value in pair)
    assert 0 < chart.deadline_y <= 100


def test_a_very_long_run_is_drawn_with_a_bounded_number_of_points() -> None:
    chart = drawn(*(forecast(60 * minute, 60 * minute + 100, 10) for minute in range(1, 5000)))
    assert len(pairs(chart.lines[0])) == MAX_POINTS


@given(st.floats(1, 4e5))
def test_an_axis_has_at_most_six_ticks_and_starts_at_zero(length_s: float) -> None:
    axis = ticks(length_s)
    assert 1 <= len(axis) <= 6
    assert axis[0].seconds == 0
    assert all(tick.at <= 100 for tick in axis)
