"""`labeler experiment`: from labeled statements to a champion. One module for each group of steps."""

import typer

from labeler.cli.experiment import run

app = typer.Typer(no_args_is_help=True, help="Train models and register them in MLflow.")
app.command("run")(run.run)
