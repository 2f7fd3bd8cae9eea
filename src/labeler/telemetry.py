"""Structured logs and metric names. Fields carry ids and counts, never a row's values."""

from enum import StrEnum

from aws_lambda_powertools import Logger

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


def get_logger(service: str) -> Logger:
    """JSON lines on stdout with `service`; call it inside functions, not at import."""
    return Logger(service=f"labeler-{service}", use_rfc3339=True, utc=True)
