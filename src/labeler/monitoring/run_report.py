"""Figures of a run -> one HTML file that needs no network and no script, on a phone, on paper, in the dark."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from labeler.formatting import duration, number, percent
from labeler.messages import RunState
from labeler.monitoring import figures
from labeler.monitoring.charts import forecast_chart
from labeler.monitoring.facts import RunFacts
from labeler.monitoring.records import Verdict
from labeler.published import DeadlineState, Forecast

GOOD, WARN, BAD, OPEN = "good", "warn", "bad", "open"
STATE_TONES = {
    RunState.PLANNING: OPEN,
    RunState.RUNNING: OPEN,
    RunState.COMPLETE: GOOD,
    RunState.COMPLETE_WITH_FAILURES: WARN,
    RunState.FAILED: BAD,
}
DEADLINE_TONES = {DeadlineState.ON_TRACK: GOOD, DeadlineState.AT_RISK: WARN, DeadlineState.LATE: BAD}
DRIFT_TONES = {Verdict.STABLE: GOOD, Verdict.DRIFTED: WARN, Verdict.UNJUDGED: OPEN}


class Cost(Protocol):
    """A line of the estimate."""

    @property
    def what(self) -> str: ...
    @property
    def quantity(self) -> float: ...
    @property
    def unit(self) -> str: ...
    @property
    def usd(self) -> float: ...


class Tile(NamedTuple):
    """One figure at the top."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


def render(
    facts: RunFacts, *, now: datetime, costs: Sequence[Cost] = (), prices: str = "", registry_uri: str | None = None
) -> str:
    """The page. `prices` says where the costs' prices come from, `registry_uri` where the model's card is."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("labeler.monitoring"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "duration": duration, "percent": percent}
    return environment.get_template("run_report.html").render(
        **_view(facts, now), costs=costs, prices=prices, card=_card(facts, registry_uri)
    )


def _view(facts: RunFacts, now: datetime) -> dict[str, Any]:
    forecasts, started_at = figures.newest_forecasts(facts), figures.generation_started_at(facts)
    newest = forecasts[-1] if forecasts else None
    chart = forecast_chart(
        forecasts,
        started_at=started_at,
        deadline_at=facts.run.deadline_at,
        ended_at=facts.summary.finished_at if facts.summary else None,
    )
    return {
        "run": facts.run,
        "summary": facts.summary,
        "index": facts.index,
        "drift": facts.drift,
        "performance": facts.performance,
        "before": facts.before,
        "now": now,
        "started_at": started_at,
        "failed": figures.failed_units(facts),
        "tone": STATE_TONES[facts.run.state],
        "drift_tone": DRIFT_TONES[facts.drift.verdict] if facts.drift else OPEN,
        "reasons": facts.summary.reasons if facts.summary else (),
        "tiles": tiles(facts, now, newest),
        "forecast": newest,
        "chart": chart,
        "workers": figures.workers(facts.receipts),
        "stages": figures.stages(facts.receipts),
        "slowest": figures.slowest_units(facts.receipts),
        "rejects": figures.rejects(facts),
        "mix": figures.label_mix(facts),
    }


def tiles(facts: RunFacts, now: datetime, newest: Forecast | None) -> list[Tile]:
    total, run = figures.totals(facts, now), facts.run
    coverage = facts.summary.coverage if facts.summary else total.coverage
    settled = f"{number(run.units_done)} of {number(run.units)} units"
    failed = Tile("Failed units", number(run.units_failed), "", BAD if run.units_failed else GOOD)
    return [
        Tile("Coverage", percent(coverage), "labels over rows that arrived" + ("" if facts.summary else ", so far")),
        Tile("Labels", number(total.rows_labeled), settled),
        Tile("Quarantined", number(total.rows_quarantined), f"of {number(total.rows_in)} rows"),
        failed,
        _slack(facts, newest),
        Tile(
            "Took" if facts.summary else "Running for",
            duration(total.elapsed_s),
            f"{number(round(total.files_per_s))} files/s, {number(total.files)} files",
        ),
    ]


def _slack(facts: RunFacts, newest: Forecast | None) -> Tile:
    if facts.summary:
        slack_s = facts.summary.slack_s
        word = "before the deadline" if slack_s >= 0 else "after the deadline"
        return Tile("Slack", duration(abs(slack_s)), word, GOOD if slack_s >= 0 else BAD)
    if newest is None or newest.slack_s is None:
        return Tile("Slack", "not known yet", f"deadline {facts.run.deadline_at:%H:%M} UTC", OPEN)
    return Tile("Slack", duration(newest.slack_s), newest.state.replace("_", " "), DEADLINE_TONES[newest.state])


def _card(facts: RunFacts, registry_uri: str | None) -> str | None:
    """The model's page in the registry; a registry that is a file has none."""
    if not facts.index or not registry_uri or not registry_uri.startswith(("http://", "https://")):
        return None
    pin = facts.index.pins.model
    return f"{registry_uri.rstrip('/')}/#/models/{pin.name}/versions/{pin.version}"
