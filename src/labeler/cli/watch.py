"""An open run in the terminal: where it stands, when it ends, who works on it and what is rejected."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.live import Live
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from labeler import layout
from labeler.cli.console import err
from labeler.completion.settle import read_receipt
from labeler.formatting import duration, number
from labeler.ledger import RunRecord
from labeler.messages import UnitState
from labeler.published import Forecast, RunSummary
from labeler.runs.connection import Connection
from labeler.runs.wait import wait_until_published

RECEIPTS_PER_POLL = 20
"""Read for their reasons; of a large run the reasons come a little after the counts."""
TOP_REASONS = 2
BAR_WIDTH = 40
STATE_COLOURS = {"on_track": "green", "at_risk": "yellow", "late": "red"}


@dataclass(slots=True)
class SettledUnits:
    """What the receipts of settled units say, each read once."""

    units: set[int] = field(default_factory=set)
    rejected_rows: Counter[str] = field(default_factory=Counter)
    workers: Counter[str] = field(default_factory=Counter)
    """Units of each worker."""

    def update(self, connection: Connection, run_id: str) -> None:
        done = [unit for unit in connection.ledger.units(run_id) if unit.state is UnitState.DONE]
        self.workers = Counter(unit.worker_id for unit in done)
        new = [unit.unit_id for unit in done if unit.unit_id not in self.units]
        for unit_id in new[:RECEIPTS_PER_POLL]:
            receipt = read_receipt(connection.runs, layout.receipt_key(run_id, unit_id))
            self.rejected_rows.update(receipt.rejected_rows)
            self.units.add(unit_id)


def follow(connection: Connection, run_id: str, *, check: Callable[[], None] = lambda: None) -> RunSummary:
    """Shows the run until it is published; `check` may raise to end the wait. On stderr, so that stdout stays clean."""
    settled = SettledUnits()
    with Live(console=err, auto_refresh=False) as live:

        def show(run: RunRecord) -> None:
            settled.update(connection, run_id)
            forecast = next(reversed(connection.ledger.forecasts(run_id)), None)
            live.update(progress_view(run, forecast, settled, now=datetime.now(UTC)), refresh=True)

        return wait_until_published(connection, run_id, on_poll=show, check=check)


def progress_view(run: RunRecord, forecast: Forecast | None, settled: SettledUnits, *, now: datetime) -> RenderableType:
    """Fits 80 columns; what is not known yet says so."""
    units, lasted_s = run.units_done + run.units_failed, (now - run.started_at).total_seconds()
    head = Text.assemble((run.run_id, "bold"), f"  {run.state.replace('_', ' ').lower()}, for {duration(lasted_s)}")
    bar = Table.grid(padding=(0, 1))
    share = f"{units / run.units:.0%}" if run.units else ""
    bar.add_row(
        ProgressBar(total=run.units or None, completed=units, width=BAR_WIDTH), f"{units}/{run.units} units", share
    )
    facts = Table.grid(padding=(0, 2, 0, 0))
    facts.add_column(style="dim", min_width=8)
    facts.add_column(overflow="fold")
    for name, value in _facts(run, forecast, settled, lasted_s):
        facts.add_row(name, value)
    return Group(head, bar, facts)


def _facts(run: RunRecord, forecast: Forecast | None, settled: SettledUnits, lasted_s: float) -> list[tuple[str, str]]:
    speed = run.files_done / lasted_s if lasted_s > 0 else 0.0
    return [
        ("ends", _end(forecast)),
        ("slack", _slack(run, forecast)),
        ("workers", _workers(forecast, settled)),
        ("rows", f"{number(run.rows_labeled)} labeled, {number(round(speed))} files/s"),
        ("rejects", _rejects(run, settled)),
        *([("failed", f"[red]{run.units_failed} units[/]: `labeler run status` says why")] if run.units_failed else []),
    ]


def _end(forecast: Forecast | None) -> str:
    if not forecast or not forecast.eta_at:
        return "not known yet"
    if not forecast.units_left or not forecast.eta_low_at or not forecast.eta_high_at:
        return f"{forecast.eta_at:%H:%M:%S} UTC"
    return f"{forecast.eta_at:%H:%M:%S} UTC ({forecast.eta_low_at:%H:%M:%S} to {forecast.eta_high_at:%H:%M:%S})"


def _slack(run: RunRecord, forecast: Forecast | None) -> str:
    deadline = f"deadline {run.deadline_at:%H:%M:%S} UTC"
    if not forecast or forecast.slack_s is None:
        return f"not known yet, {deadline}"
    colour = STATE_COLOURS[forecast.state]
    return f"[{colour}]{duration(forecast.slack_s)}, {forecast.state.replace('_', ' ')}[/], {deadline}"


def _workers(forecast: Forecast | None, settled: SettledUnits) -> str:
    if not forecast:
        return "not known yet"
    is_short = forecast.workers_needed > forecast.workers_active and forecast.units_left > 0
    needed = f"[yellow]{forecast.workers_needed} needed[/]" if is_short else f"{forecast.workers_needed} needed"
    ever = f"; {len(settled.workers)} have settled units" if settled.workers else ""
    return f"{forecast.workers_active} active, {needed}{ever}"


def _rejects(run: RunRecord, settled: SettledUnits) -> str:
    top = ", ".join(
        f"{escape(reason)} {number(count)}" for reason, count in settled.rejected_rows.most_common(TOP_REASONS)
    )
    more = f", +{len(settled.rejected_rows) - TOP_REASONS} more" if len(settled.rejected_rows) > TOP_REASONS else ""
    return f"{number(run.rows_quarantined)} rows" + (f": {top}{more}" if top else "")
