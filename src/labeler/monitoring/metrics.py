"""Drift and performance reports -> metrics. Pure."""

from labeler.monitoring.reports import DriftReport, DriftVerdict, PerformanceReport
from labeler.telemetry import Measure, Metric


def drift_measures(report: DriftReport) -> list[Measure]:
    """None without a verdict: no metric is better than a zero that means nothing."""
    if report.verdict is DriftVerdict.UNJUDGED or not report.label or not report.confidence:
        return []
    rejects = [Measure(Metric.REJECT_SHARE_CHANGE, 100 * report.rejects.score, "Percent")] if report.rejects else []
    return [
        Measure(Metric.RUN_DRIFTED, 1 if report.verdict is DriftVerdict.DRIFTED else 0),
        Measure(Metric.DRIFTED_SHARE, 100 * report.drifted_share, "Percent"),
        Measure(Metric.LABEL_DRIFT, report.label.score, "None"),
        Measure(Metric.CONFIDENCE_DRIFT, report.confidence.score, "None"),
        *rejects,
    ]


def performance_measures(report: PerformanceReport) -> list[Measure]:
    if not report.rows_known:
        return []
    return [
        Measure(Metric.ACCURACY, 100 * report.accuracy, "Percent"),
        Measure(Metric.MACRO_F1, 100 * report.macro_f1, "Percent"),
    ]
