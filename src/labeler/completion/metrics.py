"""Forecasts and summaries as metrics. Pure; the handler emits them."""

from collections.abc import Iterable

from labeler.messages import RunState
from labeler.published import Forecast, RunSummary
from labeler.telemetry import Measure, Metric


def forecast_metrics(forecast: Forecast) -> list[Measure]:
    slack = [] if forecast.slack_s is None else [Measure(Metric.SLACK, forecast.slack_s, "Seconds")]
    return [
        Measure(Metric.UNITS_LEFT, forecast.units_left),
        Measure(Metric.WORKERS_ACTIVE, forecast.workers_active),
        Measure(Metric.WORKERS_NEEDED, forecast.workers_needed),
        *slack,
    ]


def summary_metrics(summary: RunSummary) -> list[Measure]:
    """Once for each published generation; a zero in a failure's metric lets its alarm recover."""
    return [
        Measure(Metric.UNITS_FAILED, summary.units_failed),
        Measure(Metric.FILES_LABELED, summary.files_labeled),
        Measure(Metric.ROWS_LABELED, summary.rows_labeled),
        Measure(Metric.ROWS_QUARANTINED, summary.rows_quarantined),
        Measure(Metric.COVERAGE, 100 * summary.coverage, "Percent"),
        Measure(Metric.SLACK, summary.slack_s, "Seconds"),
        Measure(Metric.RECONCILIATION_FAILED, 0 if summary.is_reconciled else 1),
        Measure(Metric.RUN_FAILED, 1 if summary.state is RunState.FAILED else 0),
    ]


def tick_metrics(
    forecasts: Iterable[Forecast], published: Iterable[RunSummary], *, is_daily_run_missing: bool | None
) -> list[Measure]:
    """Each tick reports whether the daily run is missing, so that its alarm recovers; None is not reported."""
    missing = [] if is_daily_run_missing is None else [Measure(Metric.DAILY_RUN_MISSING, int(is_daily_run_missing))]
    return [
        *missing,
        *(measure for forecast in forecasts for measure in forecast_metrics(forecast)),
        *(measure for summary in published for measure in summary_metrics(summary)),
    ]
