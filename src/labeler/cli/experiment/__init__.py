"""`labeler experiment`: from labeled statements to a champion. One module for each group of steps."""

import typer

from labeler.cli.experiment import data, judging, registering, run, training

app = typer.Typer(no_args_is_help=True, help="Train models and register them in MLflow.")
app.command("run")(run.run)
app.command("validate")(data.validate)
app.command("prepare")(data.prepare)
app.command("plan")(training.plan)
app.command("train")(training.train)
app.command("evaluate")(judging.evaluate)
app.command("gate")(judging.gate)
app.command("report")(judging.report)
app.command("register")(registering.register)
app.command("propose")(registering.propose)
