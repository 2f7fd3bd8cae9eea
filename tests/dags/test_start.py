"""Which day the daily DAG run labels. The manifest is only asked here; test_scheduler.py has the real one."""

from datetime import UTC, datetime
from typing import Any

import pytest
from airflow.sdk.exceptions import AirflowFailException

INTERVAL = datetime(2026, 3, 1, 4, 30, tzinfo=UTC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the manifest function is called with."""
    from labeling import labels

    found: list[dict[str, Any]] = []
    monkeypatch.setattr(labels, "invoke_manifest", lambda event: found.append(event) or {})
    return found


def start(run_date: str | None, **context: Any) -> None:
    from labeling.labels import start_run

    start_run.function(params={"run_date": run_date}, **context)


def test_the_day_of_the_data_interval_is_labeled(asked: list[dict[str, Any]]) -> None:
    start(None, data_interval_start=INTERVAL)
    assert asked == [{"run_date": "2026-03-01"}]


def test_the_form_s_day_comes_before_it(asked: list[dict[str, Any]]) -> None:
    start("2026-02-03", data_interval_start=INTERVAL)
    assert asked == [{"run_date": "2026-02-03"}]


def test_a_trigger_that_names_no_day_is_told_so_and_not_retried(asked: list[dict[str, Any]]) -> None:
    with pytest.raises(AirflowFailException, match="give run_date"):
        start(None)
    assert asked == []
