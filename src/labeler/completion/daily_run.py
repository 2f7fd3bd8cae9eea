"""Is the daily run open by the time at which it is due? Pure: runs, time and clock are arguments."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta

from labeler import layout
from labeler.ledger import RunRecord
from labeler.messages import RunState


def is_daily_run_missing(runs: Iterable[RunRecord], *, due_at: time, now: datetime) -> bool:
    """`due_at` and `now` are UTC. A day's run is due on the next day, and missed until the one after it is due.

    A run that is still PLANNING is missing, too: its manifest has had its margin, and workers have nothing to do.
    """
    since = now.date() if now.time() >= due_at else now.date() - timedelta(days=1)
    expected = layout.run_id(since - timedelta(days=1))
    return not any(run.run_id == expected and run.state is not RunState.PLANNING for run in runs)
