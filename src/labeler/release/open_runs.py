"""A deployment ends the workers of the old release: it waits until no run needs them."""

from collections.abc import Iterable

from labeler.errors import RunOpenError
from labeler.ledger import RunRecord


def require_none_open(runs: Iterable[RunRecord]) -> None:
    """Raises RunOpenError that names the runs which are planned or worked on."""
    open_ones = sorted((run for run in runs if not run.state.is_published), key=lambda run: run.started_at)
    if open_ones:
        names = ", ".join(
            f"{run.run_id} ({run.state}, until {run.deadline_at:%Y-%m-%d %H:%M} UTC)" for run in open_ones
        )
        raise RunOpenError(
            f"a deployment would end the workers of {names}",
            hint="wait until it is published (`labeler run watch`), then start the deployment again",
        )
