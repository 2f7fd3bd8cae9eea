"""`labeler report`: what happened to a run, as one HTML file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.connection import connect
from labeler.cli.console import out
from labeler.cli.options import RunName


def report(
    name: RunName = None,
    to: Annotated[Path | None, typer.Option("--out", help="The file; build/reports/RUN.html when left out.")] = None,
) -> None:
    """Write what happened to a run as one HTML file without network; of an open run what happened so far."""
    from labeler.runs.report import write_report

    connection = connect()
    run = connection.run(name)
    path = to or Path(f"build/reports/{run.run_id}.html")
    write_report(connection, run, path, now=datetime.now(UTC))
    out.print(str(path), soft_wrap=True)
