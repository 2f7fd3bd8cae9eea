"""An alarm as data."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from labeler.telemetry import NAMESPACE

COMPLETION = {"service": "labeler-completion"}
"""Dimensions of what completion and its tick emit."""


class MissingData(StrEnum):
    """What silence means."""

    NOT_BREACHING = "notBreaching"
    BREACHING = "breaching"


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmMetric:
    """A CloudWatch metric, each `period_s`."""

    name: str
    namespace: str = NAMESPACE
    dimensions: Mapping[str, str] = field(default_factory=lambda: COMPLETION)
    statistic: str = "Maximum"
    period_s: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Fires when `expression` over `metrics` is past `threshold` in `datapoints` of the last `periods`."""

    name: str
    description: str
    """What is wrong, for somebody who was asleep a minute ago."""
    metrics: Mapping[str, AlarmMetric]
    expression: str = ""
    """CloudWatch's metric math over the metrics' names; without one there is one metric."""
    threshold: float
    is_below: bool = False
    """Fires below the threshold instead of at or above it."""
    datapoints: int = 1
    periods: int = 1
    missing_data: MissingData = MissingData.NOT_BREACHING
