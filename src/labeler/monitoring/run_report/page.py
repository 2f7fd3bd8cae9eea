"""A run's data -> one HTML file that needs no network and no script, on a phone, on paper, in the dark."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from labeler.formatting import duration, number, percent
from labeler.messages import RunState
from labeler.monitoring.reports import DriftVerdict
from labeler.monitoring.run_report.charts import forecast_chart
from labeler.monitoring.run_report.progress import failed_units, generation_started_at, newest_forecasts
from labeler.monitoring.run_report.rows import label_mix, reject_counts
from labeler.monitoring.run_report.run_data import RunData
from labeler.monitoring.run_report.tiles import BAD, GOOD, OPEN, WARN, tiles
from labeler.monitoring.run_report.work import fleet_throughput, phase_times, slowest_units

STATE_TONES = {
    RunState.PLANNING: OPEN,
    RunState.RUNNING: OPEN,
    RunState.COMPLETE: GOOD,
    RunState.COMPLETE_WITH_FAILURES: WARN,
    RunState.FAILED: BAD,
}
DRIFT_TONES = {DriftVerdict.STABLE: GOOD, DriftVerdict.DRIFTED: WARN, DriftVerdict.UNJUDGED: OPEN}


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


def render(
    data: RunData, *, now: datetime, costs: Sequence[Cost] = (), prices: str = "", registry_uri: str | None = None
) -> str:
    """The page. `prices` says where the costs' prices come from, `registry_uri` where the model's card is."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("labeler.monitoring.run_report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "duration": duration, "percent": percent}
    return environment.get_template("page.html").render(
        **_variables(data, now), costs=costs, prices=prices, card=_model_card_url(data, registry_uri)
    )


def _variables(data: RunData, now: datetime) -> dict[str, Any]:
    """Of the templates."""
    forecasts, started_at = newest_forecasts(data), generation_started_at(data)
    newest = forecasts[-1] if forecasts else None
    chart = forecast_chart(
        forecasts,
        started_at=started_at,
        deadline_at=data.run.deadline_at,
        ended_at=data.summary.finished_at if data.summary else None,
    )
    return {
        "run": data.run,
        "summary": data.summary,
        "index": data.index,
        "drift": data.drift,
        "performance": data.performance,
        "previous": data.previous,
        "now": now,
        "started_at": started_at,
        "failed": failed_units(data),
        "tone": STATE_TONES[data.run.state],
        "drift_tone": DRIFT_TONES[data.drift.verdict] if data.drift else OPEN,
        "reasons": data.summary.reasons if data.summary else (),
        "tiles": tiles(data, now, newest),
        "forecast": newest,
        "chart": chart,
        "fleet": fleet_throughput(data.receipts),
        "phases": phase_times(data.receipts),
        "slowest": slowest_units(data.receipts),
        "rejects": reject_counts(data),
        "mix": label_mix(data),
    }


def _model_card_url(data: RunData, registry_uri: str | None) -> str | None:
    """None where the registry is a file, which has no pages."""
    if not data.index or not registry_uri or not registry_uri.startswith(("http://", "https://")):
        return None
    pin = data.index.pins.model
    return f"{registry_uri.rstrip('/')}/#/models/{pin.name}/versions/{pin.version}"
