"""Options that several steps share: the same words everywhere, and the same files by default."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

Statements = Annotated[str, typer.Option(help="A folder or s3://bucket/prefix of labeled files.")]
Pattern = Annotated[str, typer.Option(help="Which files; hidden ones never.")]
Day = Annotated[
    datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Only files in folders that are named by such days.")
]
Processes = Annotated[int, typer.Option(help="Of this machine that work at once.", min=1)]
ParamsFile = Annotated[Path, typer.Option("--params", help="What the experiment tries.")]
Directory = Annotated[Path, typer.Option(help="Where the steps of an experiment leave their files.")]

PARAMS = Path("params.yaml")
CRITERIA = Path("gate.yaml")
DIRECTORY = Path("build/experiment")
