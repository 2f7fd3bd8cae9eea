"""`labeler experiment run`: all steps of an experiment, one after the other."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.console import AsJson, err, out, print_json
from labeler.cli.statements import Pattern, read_folder
from labeler.errors import SettingsError
from labeler.settings import ExperimentSettings, adopt_local_stack
from labeler.task import RawFile, load_task

if TYPE_CHECKING:
    from labeler.models.train import Champion


def run(
    statements: Annotated[Path, typer.Option(help="A folder of labeled CSV files.")],
    *,
    pattern: Pattern = "*.csv",
    quick: Annotated[bool, typer.Option("--quick", help="One small model, promoted at once.")] = False,
    as_json: AsJson = False,
) -> None:
    """Train a model, judge it on later rows, register it in MLflow and make it the champion."""
    if not quick:
        raise SettingsError("only the quick experiment exists so far", way_out="add --quick")
    adopt_local_stack()
    champion = train(read_folder(statements, pattern), ExperimentSettings.from_environment(), is_quiet=as_json)
    if as_json:
        print_json({name: getattr(champion, name) for name in champion.__slots__})
        return
    show(champion)


def train(files: list[RawFile], settings: ExperimentSettings, *, is_quiet: bool = False) -> "Champion":
    from labeler.models.train import train_champion

    task = load_task(settings.task)
    reference = task.parse_reference(task.default_reference())
    with err.status("training") as status:
        return train_champion(
            files,
            task=task,
            reference=reference,
            registry_uri=settings.registry_uri,
            model_name=settings.model_name,
            progress=lambda step: None if is_quiet else status.update(f"champion: {step}"),
        )


def show(champion: "Champion") -> None:
    out.print(
        f"champion: [bold]{champion.name} version {champion.version}[/], trained on {champion.rows:,} rows of "
        f"{champion.files:,} files; on later rows accuracy {champion.accuracy:.3f} "
        f"(majority {champion.majority_accuracy:.3f}), macro-F1 {champion.macro_f1:.3f}"
    )
