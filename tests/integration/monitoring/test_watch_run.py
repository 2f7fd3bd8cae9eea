"""A run is compared with the reference of its model: what is flagged, what is not, and what is written."""

import json
from datetime import timedelta

import pytest

from labeler import layout
from labeler.errors import InputInvalidError, RunConflictError, RunNotFoundError
from labeler.messages import RunState
from labeler.monitoring.judge import measures
from labeler.monitoring.records import DriftReport, Verdict
from labeler.monitoring.references import find_reference
from labeler.monitoring.thresholds import Thresholds
from labeler.monitoring.watch_run import read_run, take_baseline
from labeler.published import RunSummary
from labeler.storage import Bucket, find_message
from labeler.telemetry import Metric
from tests.integration.monitoring.conftest import FIRST, Month
from tests.integration.monitoring.days import amounts_scaled, day_files, new_city, without


def monitoring(month: Month) -> Bucket:
    return Bucket(month.stack.aws, month.stack.resources.monitoring_bucket)


def drifted_columns(report: DriftReport) -> set[str]:
    return {column.column for column in report.drifted_features}


@pytest.mark.timeout(600)
def test_drifted_days_raise_the_right_flags_and_a_plain_day_raises_none(month: Month) -> None:
    month.watch(month.publish(0, accounts=1500))  # it becomes the reference
    plain = month.watch(month.publish(1, accounts=1000))
    assert (plain.verdict, plain.flags) == (Verdict.STABLE, ())

    dearer = month.watch(month.publish(2, accounts=1000, change=amounts_scaled(2)))
    assert dearer.verdict is Verdict.DRIFTED
    assert {"log_amount", "account_log_amount_mean"} <= drifted_columns(dearer)
    assert "place_code" not in drifted_columns(dearer)

    moved = month.watch(month.publish(3, accounts=1000, change=new_city(0.2)))
    assert moved.verdict is Verdict.DRIFTED
    assert "place_code" in drifted_columns(moved)
    assert "log_amount" not in drifted_columns(moved)

    shifted = month.watch(month.publish(4, accounts=1000, change=without("SERVIÇO", 0.9)))
    assert shifted.label is not None
    assert shifted.label.is_drifted
    assert any("mix of the labels" in flag for flag in shifted.flags)

    values = {measure.metric: measure.value for measure in measures(shifted)}
    assert values[Metric.RUN_DRIFTED] == 1
    assert {measure.metric: measure.value for measure in measures(plain)}[Metric.RUN_DRIFTED] == 0
    snapshots = [key for key, _ in monitoring(month).sizes(layout.REPORTS) if "/snapshots/" in key]
    assert len(snapshots) == 4


@pytest.mark.timeout(300)
def test_the_verdict_lies_where_report_and_status_look_for_it_and_again_is_the_same(month: Month) -> None:
    month.watch(month.publish(0))
    run_id = month.publish(1)
    report = month.watch(run_id)
    assert find_message(month.stack.runs, layout.drift_key(run_id), DriftReport) == report
    metrics = monitoring(month).get(layout.drift_metrics_key(FIRST + timedelta(days=1), run_id, 1))
    assert json.loads(metrics)["verdict"] == report.verdict
    assert month.watch(run_id) == report
    assert len([key for key, _ in monitoring(month).sizes(layout.REPORTS) if "/snapshots/" in key]) == 1
    # a verdict on a generation never gives way to one on an older generation
    newer = report.model_copy(update={"generation": 2})
    month.stack.runs.put(layout.drift_key(run_id), newer.to_json().encode())
    month.watch(run_id)
    assert find_message(month.stack.runs, layout.drift_key(run_id), DriftReport) == newer


def test_the_first_run_of_a_model_version_becomes_its_reference(month: Month) -> None:
    run_id = month.publish(0)
    report = month.watch(run_id)
    assert report.verdict is Verdict.UNJUDGED
    assert "its reference from now on" in report.reason
    assert measures(report) == [], "no metric is better than one that means nothing"
    reference = find_reference(monitoring(month), month.model.pin.sha256)
    assert reference is not None
    assert reference.note.origin == f"run {run_id}"
    assert sum(reference.note.label_shares.values()) == pytest.approx(1)


def test_a_person_can_name_another_run_as_the_reference(month: Month) -> None:
    month.watch(month.publish(0))
    other = month.publish(1)
    month.watch(other)
    before = find_reference(monitoring(month), month.model.pin.sha256)
    assert before is not None
    assert before.note.origin != f"run {other}", "not by chance"
    take_baseline(read_run(other, month.stack.runs), monitoring(month), Thresholds(sample_rows=1000))
    after = find_reference(monitoring(month), month.model.pin.sha256)
    assert after is not None
    assert (after.note.origin, after.sample.rows) == (f"run {other}", 1000)


def test_a_run_that_says_too_little_of_its_day_is_no_reference_by_order_either(month: Month) -> None:
    month.watch(month.publish(0))
    small = read_run(month.publish_files(1, day_files(1, accounts=2)), month.stack.runs)
    good = read_run(month.publish(2), month.stack.runs)
    failed = good._replace(summary=good.summary.model_copy(update={"state": RunState.FAILED}))
    for watched, reason in ((small, "500 are needed"), (failed, "it FAILED")):
        with pytest.raises(InputInvalidError, match=reason):
            take_baseline(watched, monitoring(month), month.thresholds)
    reference = find_reference(monitoring(month), month.model.pin.sha256)
    assert reference is not None
    assert reference.note.origin == "run daily-2026-03-01"


def test_a_failed_run_does_not_become_the_reference_by_being_the_first(month: Month) -> None:
    run_id = month.publish(0)
    summary = RunSummary.parse(month.stack.runs.get(layout.summary_key(run_id)), source="the summary")
    failed = summary.model_copy(update={"state": RunState.FAILED})
    month.stack.runs.put(layout.summary_key(run_id), failed.to_json().encode())
    report = month.watch(run_id)
    assert (report.verdict, "no reference" in report.reason) == (Verdict.UNJUDGED, True)
    assert find_reference(monitoring(month), month.model.pin.sha256) is None


def test_a_day_of_a_few_rows_is_not_judged(month: Month) -> None:
    report = month.watch(month.publish_files(0, day_files(1, accounts=2)))
    assert report.verdict is Verdict.UNJUDGED
    assert "500 are needed" in report.reason
    assert find_reference(monitoring(month), month.model.pin.sha256) is None, "and is nobody's reference"


def test_a_run_that_is_not_published_or_not_there_is_told_apart(month: Month) -> None:
    with pytest.raises(RunNotFoundError, match="there is no run daily-1999-01-01"):
        month.watch("daily-1999-01-01")
    month.stack.runs.put(layout.index_key("daily-2026-05-05"), b"{}")
    with pytest.raises(RunConflictError, match="not published yet"):
        month.watch("daily-2026-05-05")
