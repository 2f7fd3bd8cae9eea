"""Which day the daily DAG run labels, with a fake manifest function; test_scheduler.py has the real one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

INTERVAL = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The events that the manifest function is called with."""
    from labeling import labels

    invoked: list[dict[str, Any]] = []
    monkeypatch.setattr(labels, "invoke_manifest", lambda event: invoked.append(event) or {})
    return invoked


def start(run_date: str | None, **context: Any) -> None:
    from labeling.labels import start_run

    start_run.function(params={"run_date": run_date}, **context)


def test_run_date_is_the_day_of_the_data_interval(events: list[dict[str, Any]]) -> None:
    start(None, data_interval_start=INTERVAL)
    assert events == [{"run_date": "2026-03-01"}]


def test_run_date_of_the_form_overrides_the_data_interval(events: list[dict[str, Any]]) -> None:
    start("2026-02-03", data_interval_start=INTERVAL)
    assert events == [{"run_date": "2026-02-03"}]


def test_trigger_without_any_day_fails_without_retry(events: list[dict[str, Any]]) -> None:
    with pytest.raises(AirflowFailException, match="give run_date"):
        start(None)
    assert events == []
