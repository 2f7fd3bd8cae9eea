"""`labeler report`: what happened to a run, as one HTML file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.connection import Connection, connect
from labeler.cli.console import out
from labeler.cli.options import RunName
from labeler.errors import InputInvalidError
from labeler.ledger import RunRecord


def report(
    name: RunName = None,
    to: Annotated[Path | None, typer.Option("--out", help="The file; build/reports/RUN.html when left out.")] = None,
) -> None:
    """Write what happened to a run as one HTML file without network; of an open run what happened so far."""
    connection = connect()
    run = connection.run(name)
    out.print(str(write_report(connection, run, to or Path(f"build/reports/{run.run_id}.html"))), soft_wrap=True)


def write_report(connection: Connection, run: RunRecord, path: Path) -> Path:
    from labeler.monitoring.run_report.page import render
    from labeler.monitoring.run_report.progress import totals
    from labeler.monitoring.run_report.run_data import read_run_data
    from labeler.monitoring.run_report.work import fleet_throughput
    from labeler.planning.capacity import cost_of_run
    from labeler.planning.prices import PRICES_SOURCE

    now = datetime.now(UTC)
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
    return path
