"""`labeler experiment`: from labeled statements to a champion. One module for each group of steps.

run.py          all steps, one after the other
data.py         validate, prepare
training.py     plan, train
evaluation.py   evaluate, gate, report
registering.py  register, propose
options.py      options that several steps share
"""

import typer

from labeler.cli.experiment import data, evaluation, registering, run, training

app = typer.Typer(no_args_is_help=True, help="Train models and register them in MLflow.")
app.command("run")(run.run)
app.command("validate")(data.validate)
app.command("prepare")(data.prepare)
app.command("plan")(training.plan)
app.command("train")(training.train)
app.command("evaluate")(evaluation.evaluate)
app.command("gate")(evaluation.gate)
app.command("report")(evaluation.report)
app.command("register")(registering.register)
app.command("propose")(registering.propose)
