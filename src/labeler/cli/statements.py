"""`labeler statements`: landing files in S3."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler import layout
from labeler.aws import Aws
from labeler.cli.command_group import group_of
from labeler.cli.console import out, progress_bar
from labeler.runs.landing import land_files, read_folder
from labeler.settings import PipelineSettings, load_local_stack
from labeler.storage import Bucket

app = typer.Typer(
    cls=group_of(name="statements"), no_args_is_help=True, help="Synthetic statements, and landing files in S3."
)
Pattern = Annotated[str, typer.Option(help="Which files of the folder.")]


@app.callback()
def about() -> None:
    """Synthetic statements, and landing files in S3."""


@app.command()
def land(
    directory: Annotated[Path, typer.Argument(help="A folder of CSV files.")],
    landing_date: Annotated[
        datetime | None, typer.Option("--date", formats=["%Y-%m-%d"], help="The landing day; today (UTC).")
    ] = None,
    pattern: Pattern = "*.csv",
) -> None:
    """Copy files into the landing folder of a day, as the bank's exporter does."""
    load_local_stack()
    settings = PipelineSettings.from_environment()
    files = read_folder(directory, pattern)
    day = (landing_date or datetime.now(UTC)).date()
    with progress_bar() as progress:
        bar = progress.add_task("landing files", total=len(files))
        bucket, prefix = Bucket(Aws(), settings.raw_bucket), layout.landing_prefix(day)
        land_files(bucket, files, prefix, on_file=lambda: progress.advance(bar))
    out.print(f"{len(files):,} files landed at s3://{settings.raw_bucket}/{prefix}")
