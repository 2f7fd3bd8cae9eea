"""The page: what it says, and what it never says."""

import re
from dataclasses import replace
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from labeler.ledger import UnitRecord
from labeler.messages import RunState, UnitState
from labeler.monitoring.facts import RunFacts
from labeler.monitoring.run_report import render
from labeler.planning.capacity import cost_of_run
from labeler.published import DeadlineState
from tests.unit.monitoring.a_run import RUN, T0, drift, failed_summary, forecast, run_facts

NOW = T0 + timedelta(hours=1)
VOID = {"meta", "link", "br"}


def page_of(facts: RunFacts, **options: Any) -> str:
    costs = cost_of_run(files=240_000, units=120, workers=12, worker_hours=3.3, lasted_s=1240)
    return render(facts, now=NOW, costs=costs, prices="list prices", **options)


def words(page: str) -> str:
    """What a person reads."""
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
def test_the_page_is_whole_and_asks_the_network_for_nothing(is_open: bool) -> None:
    page = page_of(run_facts(is_open=is_open), registry_uri="https://registry.example.com")
    nesting = Nesting()
    nesting.feed(page)
    assert nesting.open == []
    assert page.lstrip().startswith("<!doctype html>")
    assert "<script" not in page
    assert re.findall(r"""(?:src|@import|url\()\s*=?\s*["']?(?:https?:)?//""", page) == []
    assert re.findall(r'<link[^>]+href="(?!data:)', page) == []


def test_a_published_run_says_all_that_is_asked_after_a_night() -> None:
    said = words(page_of(run_facts()))
    for expected in (
        RUN, "complete", "Coverage 99.99%", "40,798,320", "before the deadline", "Forecast against the deadline",
        "Throughput per worker", "labeler-worker-06", "Where the work went", "predict", "Slowest units",
        "row_not_a_date", "account-0000007.csv line 12, column data", "SERVIÇO", "2026-03-01", "drifted",
        "amount lies 0.41 from the reference", "run daily-2026-02-20", "Cost estimate", "0.3346", "list prices",
        "transactions version 7",
    ):  # fmt: skip
        assert expected in said, expected


def test_an_open_run_says_what_happened_so_far() -> None:
    said = words(page_of(run_facts(is_open=True)))
    assert "running so far" in said
    assert "80 of 120 units" in said
    assert "on track" in said
    assert "12 workers are active, 9 would do" in said
    assert "Not looked at before the run is published" in said


def test_a_run_that_has_only_been_opened_has_a_report() -> None:
    facts = run_facts(is_open=True, receipts=[], units=3, forecasts=[], index=None, before=None)
    planning = replace(facts, run=facts.run.model_copy(update={"state": RunState.PLANNING, "units_done": 0}))
    said = words(page_of(planning))
    assert "planning so far" in said
    assert "No forecast yet" in said
    assert "No labels yet" in said


def test_a_failed_run_says_why_and_what_to_do() -> None:
    facts = run_facts()
    unit = UnitRecord(unit_id=9, state=UnitState.FAILED, reason="ObjectMissingError: the slice is gone")
    run = facts.run.model_copy(update={"state": RunState.FAILED})
    failed = replace(facts, run=run, summary=failed_summary(facts), units=[*facts.units, unit])
    said = words(page_of(failed))
    assert "2000 of 240000 files have no labels" in said
    assert "9: ObjectMissingError: the slice is gone" in said
    assert f"labeler run redrive {RUN}" in said


def test_a_run_that_will_be_late_says_so() -> None:
    late = forecast(900, 2400, 100, DeadlineState.LATE)
    page = page_of(run_facts(is_open=True, forecasts=[late]))
    assert '<b class="bad">-10m 00s</b><span>late</span>' in page


def test_the_model_s_card_is_linked_when_the_registry_has_pages() -> None:
    facts = run_facts()
    linked = page_of(facts, registry_uri="https://registry.example.com/")
    assert 'href="https://registry.example.com/#/models/transactions/versions/7"' in linked
    for without in (page_of(facts, registry_uri="sqlite:////tmp/mlflow.db"), page_of(facts)):
        assert "labeler model show 7" in words(without)


def test_a_verdict_on_an_older_generation_says_which() -> None:
    facts = run_facts()
    second = replace(facts, run=facts.run.model_copy(update={"generation": 2}))
    assert "; of generation 1" in words(page_of(second))
    assert "; of generation" not in words(page_of(facts))


def test_what_a_file_is_named_can_t_change_the_page() -> None:
    facts = run_facts(examples={"file_truncated": ["landing/<script>alert(1)</script>.csv"]})
    page = page_of(facts)
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_stable_day_is_not_called_different() -> None:
    calm = drift(verdict="stable", flags=(), features=())
    assert "looks different" not in words(page_of(run_facts(drift=calm)))
