"""Structured logs and metric names. Fields carry ids and counts, never a row's values."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from aws_lambda_powertools import Logger
from aws_lambda_powertools.metrics import EphemeralMetrics

NAMESPACE = "labeler"


class Metric(StrEnum):
    UNITS_LEFT = "UnitsLeft"
    UNITS_FAILED = "UnitsFailed"
    WORKERS_NEEDED = "WorkersNeeded"
    WORKERS_ACTIVE = "WorkersActive"
    SLACK = "SlackSeconds"
    FILES_LABELED = "FilesLabeled"
    ROWS_LABELED = "RowsLabeled"
    ROWS_QUARANTINED = "RowsQuarantined"
    COVERAGE = "Coverage"
    RECONCILIATION_FAILED = "ReconciliationFailed"
    RUN_FAILED = "RunFailed"
    RUN_OPENED = "RunOpened"
    DAILY_RUN_MISSING = "DailyRunMissing"
    RUN_DRIFTED = "RunDrifted"
    DRIFTED_SHARE = "DriftedShare"
    LABEL_DRIFT = "LabelDrift"
    CONFIDENCE_DRIFT = "ConfidenceDrift"
    REJECT_SHARE_CHANGE = "RejectShareChange"
    ACCURACY = "Accuracy"
    MACRO_F1 = "MacroF1"
    MONITORING_PAGE_SERVED = "MonitoringPageServed"
    """Emitted by the monitoring host itself: cdk/monitoring/user_data.py."""


class Measure(NamedTuple):
    """A value of a metric; the unit is one of CloudWatch's."""

    metric: Metric
    value: float
    unit: str = "Count"


def emit(service: str, measures: Iterable[Measure]) -> None:
    """One embedded-metrics line on stdout for one invocation, none without measures.

    The only dimension is the service: an alarm is about the pipeline, the logs say which run.
    """
    metrics = EphemeralMetrics(namespace=NAMESPACE, service=f"labeler-{service}")
    for measure in measures:
        metrics.add_metric(name=measure.metric.value, unit=measure.unit, value=measure.value)
    if metrics.metric_set:
        metrics.flush_metrics()


def get_logger(service: str) -> Logger:
    """JSON lines on stdout with `service`; call it inside functions, not at import."""
    return Logger(service=f"labeler-{service}", use_rfc3339=True, utc=True)
