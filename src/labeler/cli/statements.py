"""`labeler statements`: synthetic ones to try things on, and landing files in S3."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler import layout
from labeler.aws import Aws
from labeler.cli.console import AsJson, out, print_json, progress_bar
from labeler.errors import InputInvalidError
from labeler.settings import PipelineSettings, load_local_stack
from labeler.storage import Bucket
from labeler.task import RawFile

app = typer.Typer(no_args_is_help=True, help="Synthetic statements, and landing files in S3.")
PUT_THREADS = 16
Pattern = Annotated[str, typer.Option(help="Which files of the folder.")]


@app.command()
def generate(
    directory: Annotated[Path, typer.Argument(help="Where the files go.")],
    files: Annotated[int, typer.Option(help="One file an account.", min=1)] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same bytes.", min=0)] = 1,
    *,
    labels: Annotated[bool, typer.Option(help="With the label column, for training.")] = False,
    dirty: Annotated[bool, typer.Option("--dirty", help="Some rows and files that must be rejected.")] = False,
    as_json: AsJson = False,
) -> None:
    """Write statements in the real format with the real data's marginals. No row of them is real."""
    from labeler_local.synthetic import LIKE_REAL, REJECTABLE, generate_with_ground_truth, write_statements

    statements = generate_with_ground_truth(
        accounts=files, seed=seed, with_labels=labels, corruption=REJECTABLE if dirty else LIKE_REAL
    )
    with progress_bar(is_quiet=as_json) as progress:
        bar = progress.add_task("writing statements", total=files)
        written = write_statements(
            directory, statements, on_progress=lambda so_far: progress.update(bar, completed=so_far.files)
        )
    if as_json:
        print_json({name: getattr(written, name) for name in written.__slots__} | {"directory": str(directory)})
        return
    out.print(
        f"{written.files:,} files, {written.rows:,} rows, {written.size_bytes / 1e6:,.1f} MB in {directory}; "
        f"a reader must reject {written.rows_rejected:,} rows and {written.files_refused:,} files as a whole"
    )


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
    land_files(Bucket(Aws(), settings.raw_bucket), files, layout.landing_prefix(day))
    out.print(f"{len(files):,} files landed at s3://{settings.raw_bucket}/{layout.landing_prefix(day)}")


def read_folder(directory: Path, pattern: str = "*.csv") -> list[RawFile]:
    """The files of a folder and those below it. Raises InputInvalidError that names the folder."""
    if not directory.is_dir():
        raise InputInvalidError(f"{directory} is not a folder", hint="give a folder of statements")
    try:
        paths = sorted(path for path in directory.rglob(pattern) if path.is_file())
        files = [RawFile(path.relative_to(directory).as_posix(), path.read_bytes()) for path in paths]
    except (OSError, ValueError, NotImplementedError) as error:
        # NotImplementedError is pathlib's word for a pattern that is absolute
        raise InputInvalidError(f"{directory} can't be read with the pattern {pattern}: {error}") from error
    if not files:
        raise InputInvalidError(f"{directory} holds no {pattern}", hint="give a folder that holds such files")
    return files


def land_files(raw: Bucket, files: list[RawFile], prefix: str, *, is_quiet: bool = False) -> None:
    with progress_bar(is_quiet=is_quiet) as progress, ThreadPoolExecutor(PUT_THREADS) as pool:
        bar = progress.add_task("landing files", total=len(files))
        for _ in pool.map(lambda file: raw.put(f"{prefix}{file.key}", file.body), files):
            progress.advance(bar)
