"""A run's sample becomes the reference of its model version: the first run's by itself, another by a person's order."""

import pytest

from labeler import layout
from labeler.errors import InputInvalidError
from labeler.messages import RunState
from labeler.monitoring.drift.baseline import set_baseline
from labeler.monitoring.drift.references import find_reference
from labeler.monitoring.drift.sampled_run import read_sampled_run
from labeler.monitoring.metrics import drift_measures
from labeler.monitoring.reports import DriftVerdict
from labeler.monitoring.thresholds import Thresholds
from labeler.published import RunSummary
from tests.integration.monitoring.days import day_files
from tests.integration.monitoring.month import Month


def test_the_first_run_of_a_model_version_becomes_its_reference(month: Month) -> None:
    run_id = month.publish(0)
    report = month.evaluate(run_id)
    assert report.verdict is DriftVerdict.UNJUDGED
    assert "its reference from now on" in report.reason
    assert drift_measures(report) == [], "no metric is better than one that means nothing"
    reference = find_reference(month.monitoring, month.model.pin.sha256)
    assert reference is not None
    assert reference.note.origin == f"run {run_id}"
    assert sum(reference.note.label_shares.values()) == pytest.approx(1)


def test_set_baseline_replaces_the_reference(month: Month) -> None:
    month.evaluate(month.publish(0))
    other = month.publish(1)
    month.evaluate(other)
    before = find_reference(month.monitoring, month.model.pin.sha256)
    assert before is not None
    assert before.note.origin != f"run {other}", "not by chance"
    set_baseline(read_sampled_run(other, month.stack.runs), month.monitoring, Thresholds(sample_rows=1000))
    after = find_reference(month.monitoring, month.model.pin.sha256)
    assert after is not None
    assert (after.note.origin, after.sample.rows) == (f"run {other}", 1000)


def test_set_baseline_refuses_a_small_or_failed_run(month: Month) -> None:
    month.evaluate(month.publish(0))
    small = read_sampled_run(month.publish_files(1, day_files(1, accounts=2)), month.stack.runs)
    good = read_sampled_run(month.publish(2), month.stack.runs)
    failed = good._replace(summary=good.summary.model_copy(update={"state": RunState.FAILED}))
    for sampled, reason in ((small, "500 are needed"), (failed, "it FAILED")):
        with pytest.raises(InputInvalidError, match=reason):
            set_baseline(sampled, month.monitoring, month.thresholds)
    reference = find_reference(month.monitoring, month.model.pin.sha256)
    assert reference is not None
    assert reference.note.origin == "run daily-2026-03-01"


def test_a_failed_first_run_does_not_become_the_reference(month: Month) -> None:
    run_id = month.publish(0)
    summary = RunSummary.parse(month.stack.runs.get(layout.summary_key(run_id)), source="the summary")
    failed = summary.model_copy(update={"state": RunState.FAILED})
    month.stack.runs.put(layout.summary_key(run_id), failed.to_json().encode())
    report = month.evaluate(run_id)
    assert (report.verdict, "no reference" in report.reason) == (DriftVerdict.UNJUDGED, True)
    assert find_reference(month.monitoring, month.model.pin.sha256) is None
