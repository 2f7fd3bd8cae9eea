"""What a command works with: the stack that this terminal names, or the local one."""

from typing import Annotated

import typer

from labeler.aws import Aws
from labeler.runs.connection import Connection
from labeler.runs.stages import connect_to_stage
from labeler.settings import ExperimentSettings, OperatorSettings, load_local_stack

Stage = Annotated[
    str | None, typer.Option(metavar="STAGE", help="dev, staging or prod; left out: what this terminal names.")
]


def connect(stage: str | None = None) -> Connection:
    """Raises SettingsError that names the missing variables, and ObjectMissingError when the stage was never deployed."""
    if stage is not None:
        return connect_to_stage(stage)
    load_local_stack()
    return Connection(OperatorSettings.from_environment(), Aws())


def experiment_settings() -> ExperimentSettings:
    """Of this terminal, or of the local stack; a laptop needs none."""
    load_local_stack()
    return ExperimentSettings.from_environment()
