"""What happened to a run, as one HTML file."""

from datetime import datetime
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler.ledger import RunRecord
from labeler.monitoring.run_report.page import render
from labeler.monitoring.run_report.progress import totals
from labeler.monitoring.run_report.run_data import read_run_data
from labeler.monitoring.run_report.work import fleet_throughput
from labeler.planning.capacity import cost_of_run
from labeler.planning.prices import PRICES_SOURCE
from labeler.runs.connection import Connection


def write_report(connection: Connection, run: RunRecord, path: Path, *, now: datetime) -> None:
    """Of an open run what happened until `now`. Raises InputInvalidError when the file can't be written."""
    data = read_run_data(run, ledger=connection.ledger, runs=connection.runs, labels=connection.labels)
    fleet, total = fleet_throughput(data.receipts), totals(data, now)
    costs = cost_of_run(
        files=total.files,
        units=len(data.receipts),
        workers=fleet.workers,
        worker_hours=fleet.busy_s / 3600,
        lasted_s=total.elapsed_s,
    )
    page = render(data, now=now, costs=costs, prices=PRICES_SOURCE, registry_uri=connection.settings.registry_uri)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputInvalidError(f"{path} can't be written: {error.strerror}", hint="--out names a file") from error
