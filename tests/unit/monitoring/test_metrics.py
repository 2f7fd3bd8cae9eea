"""A drift report becomes metrics."""

import pytest

from labeler.monitoring.metrics import drift_measures
from labeler.monitoring.reports import DriftVerdict
from labeler.telemetry import Metric
from tests.unit.monitoring.example_drift import drift_report


def test_no_drift_metrics_without_a_verdict() -> None:
    assert drift_measures(drift_report(verdict=DriftVerdict.UNJUDGED)) == []
    values = {measure.metric: measure.value for measure in drift_measures(drift_report())}
    assert values[Metric.RUN_DRIFTED] == 1
    assert values[Metric.DRIFTED_SHARE] == pytest.approx(100 / 3)


def test_drifted_share_ignores_columns_that_are_not_watched() -> None:
    report = drift_report()
    moved = report.features[0].model_copy(update={"is_watched": False})
    assert report.model_copy(update={"features": (moved, *report.features[1:])}).drifted_share == 0
    assert drift_report(features=()).drifted_share == 0
