"""The page: what it says, and what it never says."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from labeler.ledger import UnitRecord
from labeler.messages import RunState, UnitState
from labeler.monitoring.run_report.page import render
from labeler.monitoring.run_report.run_data import RunData
from labeler.planning.capacity import cost_of_run
from labeler.published import DeadlineState
from tests.unit.monitoring.example_drift import drift_report
from tests.unit.monitoring.example_receipts import RUN, T0, forecast
from tests.unit.monitoring.example_run import run_data
from tests.unit.monitoring.example_summary import failed_summary

NOW = T0 + timedelta(hours=1)
VOID = {"meta", "link", "br"}


def page_of(data: RunData, **options: Any) -> str:
    costs = cost_of_run(files=240_000, units=120, workers=12, worker_hours=3.3, lasted_s=1240)
    return render(data, now=NOW, costs=costs, prices="list prices", **options)


def visible_text(page: str) -> str:
    """Without style and tags."""
    text = re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


class Nesting(HTMLParser):
    """Fails on an end tag that ends something else."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("is_open", [False, True])
def test_the_page_is_well_formed_html_without_scripts_or_external_resources(is_open: bool) -> None:
    page = page_of(run_data(is_open=is_open), registry_uri="https://registry.example.com")
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.open == []
    assert page.lstrip().startswith("<!doctype html>")
    assert "<script" not in page
    assert re.findall(r"""(?:src|@import|url\()\s*=?\s*["']?(?:https?:)?//""", page) == []
    assert re.findall(r'<link[^>]+href="(?!data:)', page) == []


def test_the_page_of_a_published_run_shows_all_sections() -> None:
    text = visible_text(page_of(run_data()))
    for expected in (
        RUN, "complete", "Coverage 99.99%", "40,798,320", "before the deadline", "Forecast against the deadline",
        "Throughput per worker", "labeler-worker-06", "Where the work went", "predict", "Slowest units",
        "row_not_a_date", "account-0000007.csv line 12, column data", "SERVIÇO", "2026-03-01", "drifted",
        "amount lies 0.41 from the reference", "run daily-2026-02-20", "Cost estimate", "0.3346", "list prices",
        "transactions version 7",
    ):  # fmt: skip
        assert expected in text, expected


def test_the_page_of_an_open_run_shows_its_progress() -> None:
    text = visible_text(page_of(run_data(is_open=True)))
    assert "running so far" in text
    assert "80 of 120 units" in text
    assert "on track" in text
    assert "12 workers are active, 9 would do" in text
    assert "Not looked at before the run is published" in text


def test_a_run_in_planning_has_a_page() -> None:
    data = run_data(is_open=True, receipts=[], units=3, forecasts=[], index=None, previous=None)
    planning = replace(data, run=data.run.model_copy(update={"state": RunState.PLANNING, "units_done": 0}))
    text = visible_text(page_of(planning))
    assert "planning so far" in text
    assert "No forecast yet" in text
    assert "No labels yet" in text


def test_the_page_of_a_failed_run_shows_the_reasons_and_the_redrive_command() -> None:
    data = run_data()
    assert data.summary is not None
    unit = UnitRecord(unit_id=9, state=UnitState.FAILED, reason="ObjectMissingError: the slice is gone")
    run = data.run.model_copy(update={"state": RunState.FAILED})
    failed = replace(data, run=run, summary=failed_summary(data.summary), units=[*data.units, unit])
    text = visible_text(page_of(failed))
    assert "2000 of 240000 files have no labels" in text
    assert "9: ObjectMissingError: the slice is gone" in text
    assert f"labeler run redrive {RUN}" in text


def test_a_late_forecast_is_shown_as_negative_slack() -> None:
    late = forecast(900, 2400, 100, DeadlineState.LATE)
    page = page_of(run_data(is_open=True, forecasts=[late]))
    assert '<b class="bad">-10m 00s</b><span>late</span>' in page


def test_the_model_card_is_linked_only_when_the_registry_is_a_server() -> None:
    data = run_data()
    linked = page_of(data, registry_uri="https://registry.example.com/")
    assert 'href="https://registry.example.com/#/models/transactions/versions/7"' in linked
    for without in (page_of(data, registry_uri="sqlite:////tmp/mlflow.db"), page_of(data)):
        assert "labeler model show 7" in visible_text(without)


def test_a_drift_verdict_on_an_older_generation_names_that_generation() -> None:
    data = run_data()
    second = replace(data, run=data.run.model_copy(update={"generation": 2}))
    assert "; of generation 1" in visible_text(page_of(second))
    assert "; of generation" not in visible_text(page_of(data))


def test_html_in_a_file_name_is_escaped() -> None:
    data = run_data(examples={"file_truncated": ["landing/<script>alert(1)</script>.csv"]})
    page = page_of(data)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_stable_day_has_no_drift_warning() -> None:
    calm = drift_report(verdict="stable", flags=(), features=())
    assert "looks different" not in visible_text(page_of(run_data(drift=calm)))
