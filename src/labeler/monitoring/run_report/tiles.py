"""The key figures at the top of a run's report, and the tones of good and bad. Pure."""

from datetime import datetime
from typing import NamedTuple

from labeler.formatting import duration, number, percent
from labeler.monitoring.run_report.progress import totals
from labeler.monitoring.run_report.run_data import RunData
from labeler.published import DeadlineState, Forecast

GOOD, WARN, BAD, OPEN = "good", "warn", "bad", "open"
"""Classes of the style sheet."""
DEADLINE_TONES = {DeadlineState.ON_TRACK: GOOD, DeadlineState.AT_RISK: WARN, DeadlineState.LATE: BAD}


class Tile(NamedTuple):
    """One figure at the top."""

    label: str
    value: str
    note: str = ""
    tone: str = ""


def tiles(data: RunData, now: datetime, newest: Forecast | None) -> list[Tile]:
    total, run = totals(data, now), data.run
    coverage = data.summary.coverage if data.summary else total.coverage
    settled = f"{number(run.units_done)} of {number(run.units)} units"
    failed = Tile("Failed units", number(run.units_failed), "", BAD if run.units_failed else GOOD)
    return [
        Tile("Coverage", percent(coverage), "labels over rows that arrived" + ("" if data.summary else ", so far")),
        Tile("Labels", number(total.rows_labeled), settled),
        Tile("Quarantined", number(total.rows_quarantined), f"of {number(total.rows_in)} rows"),
        failed,
        _slack(data, newest),
        Tile(
            "Took" if data.summary else "Running for",
            duration(total.elapsed_s),
            f"{number(round(total.files_per_s))} files/s, {number(total.files)} files",
        ),
    ]


def _slack(data: RunData, newest: Forecast | None) -> Tile:
    if data.summary:
        slack_s = data.summary.slack_s
        note = "before the deadline" if slack_s >= 0 else "after the deadline"
        return Tile("Slack", duration(abs(slack_s)), note, GOOD if slack_s >= 0 else BAD)
    if newest is None or newest.slack_s is None:
        return Tile("Slack", "not known yet", f"deadline {data.run.deadline_at:%H:%M} UTC", OPEN)
    return Tile("Slack", duration(newest.slack_s), newest.state.replace("_", " "), DEADLINE_TONES[newest.state])
