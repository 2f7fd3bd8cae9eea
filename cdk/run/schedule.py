"""When the daily run needs its cluster, as cron says it."""

from datetime import UTC, datetime, time, timedelta

PREWARM_MINUTES = 10
"""Workers are warm so long before the run, and kept so long after it opened."""


def daily(at: time, *, minutes: int) -> str:
    """As cron says it: each day, so many minutes after that time."""
    moment = datetime.combine(datetime(2000, 1, 2, tzinfo=UTC), at, tzinfo=UTC) + timedelta(minutes=minutes)
    return f"{moment.minute} {moment.hour} * * *"
