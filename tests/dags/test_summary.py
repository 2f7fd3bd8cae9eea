"""How a published summary ends the day's DAG run, with a fake S3; test_scheduler.py has the real one."""

import json
import logging
from typing import Any

import pytest
from airflow.providers.amazon.aws.hooks.s3 import S3Hook
from airflow.sdk.exceptions import AirflowException, AirflowFailException

SUMMARY = {
    "run_id": "daily-2026-03-01",
    "run_date": "2026-03-01",
    "generation": 2,
    "state": "COMPLETE",
    "coverage": 1.0,
    "model_name": "transactions",
    "model_version": "3",
    "labels": "s3://labels/",
    "reasons": [],
}
PLAN = {"summary_key": "runs/daily-2026-03-01/summary.json", "generation": 2}


@pytest.fixture(autouse=True)
def bucket(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_VAR_LABELER_RUNS_BUCKET", "labeler-runs")


def checked(monkeypatch: pytest.MonkeyPatch, **changed: Any) -> dict[str, Any]:
    from labeling.labels import check_summary

    monkeypatch.setattr(S3Hook, "read_key", lambda *_, **__: json.dumps(SUMMARY | changed))
    fields: dict[str, Any] = check_summary.function(PLAN)
    return fields


def test_complete_run_succeeds_without_a_warning(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert checked(monkeypatch) == SUMMARY
    assert caplog.messages == []


def test_run_with_failures_succeeds_and_warns_with_its_reasons(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        fields = checked(monkeypatch, state="COMPLETE_WITH_FAILURES", reasons=["2 units failed"])
    assert fields["state"] == "COMPLETE_WITH_FAILURES"
    assert caplog.messages == ["daily-2026-03-01, generation 2 is COMPLETE_WITH_FAILURES: 2 units failed"]


def test_failed_run_fails_without_retry_and_names_its_reasons(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(AirflowFailException, match="FAILED: reconciliation"):
        checked(monkeypatch, state="FAILED", reasons=["reconciliation"])


def test_summary_of_an_older_generation_is_retried(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a redrive, until the publisher has written the new one."""
    with pytest.raises(AirflowException, match="its summary not written yet") as raised:
        checked(monkeypatch, generation=1)
    assert not isinstance(raised.value, AirflowFailException)


@pytest.mark.parametrize("other", [{"generation": 1}, {"run_id": "backfill-2026-03-01"}], ids=["generation", "run"])
def test_events_are_equal_only_when_run_and_generation_match(other: dict[str, Any]) -> None:
    from labeling.labels import is_same_generation

    assert is_same_generation(SUMMARY, SUMMARY | {"coverage": 0.9})
    assert not is_same_generation(SUMMARY | other, SUMMARY)
