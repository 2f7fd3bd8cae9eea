"""Waits until a run is published."""

import time
from collections.abc import Callable

from labeler.ledger import RunRecord
from labeler.published import RunSummary
from labeler.runs.connection import Connection

POLL_INTERVAL_S = 1.0


def wait_until_published(
    connection: Connection,
    run_id: str,
    *,
    on_poll: Callable[[RunRecord], None] = lambda _: None,
    check: Callable[[], None] = lambda: None,
) -> RunSummary:
    """`on_poll` gets the run each time that it was read; `check` may raise to end the wait."""
    while True:
        run = connection.ledger.run(run_id)
        on_poll(run)
        if run.state.is_published and (summary := connection.summary(run_id)):
            return summary
        check()
        time.sleep(POLL_INTERVAL_S)
