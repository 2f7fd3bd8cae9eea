"""The command tree. Each command's module is small and imports its room only when it runs."""

import typer

from labeler.cli import experiment, model, monitor, quarantine, release, run, statements
from labeler.cli.plan import plan
from labeler.cli.report import report
from labeler.cli.worker import worker
from labeler_local.cli import local
from labeler_local.cli.demo import demo

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
app.command()(demo)
app.command()(plan)
app.command()(report)
app.add_typer(run.app, name="run")
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(statements.app, name="statements")
app.add_typer(experiment.app, name="experiment")
app.add_typer(model.app, name="model")
app.add_typer(monitor.app, name="monitor")
app.add_typer(release.app, name="release")
app.add_typer(local.app, name="local")
app.command()(worker)


@app.callback()
def about() -> None:
    """Labels millions of small files a day on AWS: one label a row, thirty minutes, nothing lost."""
