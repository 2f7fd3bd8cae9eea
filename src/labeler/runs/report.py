"""What happened to a run, as one HTML file."""

from datetime import datetime
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.ledger import RunRecord
from labeler.monitoring import figures
from labeler.monitoring.facts import gather
from labeler.monitoring.run_report import render
from labeler.planning.capacity import cost_of_run
from labeler.planning.prices import PRICES_SOURCE
from labeler.runs.connection import Connection


def write_report(connection: Connection, run: RunRecord, path: Path, *, now: datetime) -> None:
    """Of an open run what happened until `now`. Raises InputInvalidError when the file can't be written."""
    facts = gather(run, ledger=connection.ledger, runs=connection.runs, labels=connection.labels)
    workers, total = figures.workers(facts.receipts), figures.totals(facts, now)
    costs = cost_of_run(
        files=total.files,
        units=len(facts.receipts),
        workers=workers.all,
        worker_hours=workers.busy_s / 3600,
        lasted_s=total.elapsed_s,
    )
    page = render(facts, now=now, costs=costs, prices=PRICES_SOURCE, registry_uri=connection.settings.registry_uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputInvalidError(f"{path} can't be written: {error.strerror}", hint="--out names a file") from error
