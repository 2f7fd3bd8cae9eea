"""A run is compared with the reference of its model: what is flagged, what is not, and what is written."""

import json
from datetime import timedelta

import pytest

from labeler import layout
from labeler.errors import RunConflictError, RunNotFoundError
from labeler.monitoring.drift.references import find_reference
from labeler.monitoring.metrics import drift_measures
from labeler.monitoring.reports import DriftReport, DriftVerdict
from labeler.storage import find_message
from labeler.telemetry import Metric
from tests.integration.monitoring.days import amounts_scaled, day_files, new_city, without
from tests.integration.monitoring.month import FIRST, Month


def drifted_columns(report: DriftReport) -> set[str]:
    return {column.column for column in report.drifted_features}


@pytest.mark.timeout(600)
def test_drifted_days_raise_the_right_flags_and_a_plain_day_raises_none(month: Month) -> None:
    month.evaluate(month.publish(0, accounts=1500))  # it becomes the reference
    plain = month.evaluate(month.publish(1, accounts=1000))
    assert (plain.verdict, plain.flags) == (DriftVerdict.STABLE, ())

    dearer = month.evaluate(month.publish(2, accounts=1000, change=amounts_scaled(2)))
    assert dearer.verdict is DriftVerdict.DRIFTED
    assert {"log_amount", "account_log_amount_mean"} <= drifted_columns(dearer)
    assert "place_code" not in drifted_columns(dearer)

    moved = month.evaluate(month.publish(3, accounts=1000, change=new_city(0.2)))
    assert moved.verdict is DriftVerdict.DRIFTED
    assert "place_code" in drifted_columns(moved)
    assert "log_amount" not in drifted_columns(moved)

    shifted = month.evaluate(month.publish(4, accounts=1000, change=without("SERVIÇO", 0.9)))
    assert shifted.label is not None
    assert shifted.label.is_drifted
    assert any("mix of the labels" in flag for flag in shifted.flags)

    values = {measure.metric: measure.value for measure in drift_measures(shifted)}
    assert values[Metric.RUN_DRIFTED] == 1
    assert {measure.metric: measure.value for measure in drift_measures(plain)}[Metric.RUN_DRIFTED] == 0
    snapshots = [key for key, _ in month.monitoring.sizes(layout.REPORTS) if "/snapshots/" in key]
    assert len(snapshots) == 4


@pytest.mark.timeout(300)
def test_a_repeated_evaluation_writes_the_same_report_and_keeps_a_newer_generation_s(month: Month) -> None:
    month.evaluate(month.publish(0))
    run_id = month.publish(1)
    report = month.evaluate(run_id)
    assert find_message(month.stack.runs, layout.drift_key(run_id), DriftReport) == report
    metrics = month.monitoring.get(layout.drift_metrics_key(FIRST + timedelta(days=1), run_id, 1))
    assert json.loads(metrics)["verdict"] == report.verdict
    assert month.evaluate(run_id) == report
    assert len([key for key, _ in month.monitoring.sizes(layout.REPORTS) if "/snapshots/" in key]) == 1
    # a verdict on a generation never gives way to one on an older generation
    newer = report.model_copy(update={"generation": 2})
    month.stack.runs.put(layout.drift_key(run_id), newer.to_json().encode())
    month.evaluate(run_id)
    assert find_message(month.stack.runs, layout.drift_key(run_id), DriftReport) == newer


def test_a_run_with_too_few_rows_gets_no_verdict_and_is_no_reference(month: Month) -> None:
    report = month.evaluate(month.publish_files(0, day_files(1, accounts=2)))
    assert report.verdict is DriftVerdict.UNJUDGED
    assert "500 are needed" in report.reason
    assert find_reference(month.monitoring, month.model.pin.sha256) is None, "and is nobody's reference"


def test_an_unknown_run_and_an_unpublished_run_raise_different_errors(month: Month) -> None:
    with pytest.raises(RunNotFoundError, match="there is no run daily-1999-01-01"):
        month.evaluate("daily-1999-01-01")
    month.stack.runs.put(layout.index_key("daily-2026-05-05"), b"{}")
    with pytest.raises(RunConflictError, match="not published yet"):
        month.evaluate("daily-2026-05-05")
