"""The command tree: a module for each command or group of commands."""

import typer

from labeler.cli.command_group import group_of

COMMANDS = {
    "plan": "labeler.cli.plan:plan",
    "report": "labeler.cli.report:report",
    "run": "labeler.cli.run:app",
    "quarantine": "labeler.cli.quarantine:app",
    "statements": "labeler.cli.statements:app",
    "experiment": "labeler.cli.experiment:app",
    "model": "labeler.cli.model:app",
    "monitor": "labeler.cli.monitor:app",
    "release": "labeler.cli.release:app",
    "worker": "labeler.cli.worker:worker",
}

app = typer.Typer(cls=group_of(COMMANDS), no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)


@app.callback()
def about() -> None:
    """Labels millions of small files a day on AWS: one label a row, thirty minutes, nothing lost."""
