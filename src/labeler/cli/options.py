"""Words that several commands share: the same help everywhere."""

from typing import Annotated

import typer

RunName = Annotated[str | None, typer.Argument(metavar="[RUN]", help="A run's id or date; the newest when left out.")]
By = Annotated[str | None, typer.Option(help="Who asks; the user of this machine when left out.")]
