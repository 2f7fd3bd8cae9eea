"""`labeler experiment validate` and `prepare`: from labeled files to the matrix that candidates learn from."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.connection import experiment_settings
from labeler.cli.console import AsJson, err, out, print_json, print_table, progress_bar
from labeler.cli.experiment.options import (
    DIRECTORY,
    PARAMS,
    Day,
    Directory,
    ParamsFile,
    Pattern,
    Processes,
    Statements,
)

if TYPE_CHECKING:
    from labeler.experiment.data.engines import Engine
    from labeler.experiment.data.sources import Source
    from labeler.experiment.records import DatasetInfo, RejectExample, ValidationReport

SHOWN_EXAMPLES = 2


class EngineName(StrEnum):
    LOCAL = "local"
    SPARK = "spark"


def validate(
    statements: Statements,
    *,
    pattern: Pattern = "*.csv",
    first_day: Day = None,
    last_day: Day = None,
    params: ParamsFile = PARAMS,
    directory: Directory = DIRECTORY,
    processes: Processes = 1,
    as_json: AsJson = False,
) -> None:
    """Read all labeled files as the daily run would, say what is refused, and stop when it is too much."""
    from labeler.experiment.data.validate import require_accepted
    from labeler.experiment.data.validate import validate as validated
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.params import read_params

    rule = read_params(params).validation
    files, task = ExperimentFiles(directory), experiment_settings().task
    chosen = opened(statements, pattern, first_day, last_day)
    with chosen as source, reading(source, "validating", is_quiet=as_json) as progress:
        report = validated(files, source, task=task, rule=rule, processes=processes, progress=progress)
    print_json(report) if as_json else show_validation(report, files.validation)
    require_accepted(report)


def prepare(
    statements: Statements,
    *,
    pattern: Pattern = "*.csv",
    first_day: Day = None,
    last_day: Day = None,
    directory: Directory = DIRECTORY,
    engine: Annotated[EngineName, typer.Option(help="Spark: more files than one machine takes.")] = EngineName.LOCAL,
    master: Annotated[str, typer.Option(help="Where Spark runs; a cluster shares --directory.")] = "local[*]",
    processes: Processes = 1,
    as_json: AsJson = False,
) -> None:
    """Compute the features of all labeled rows, with the code of the daily run, as Parquet."""
    from labeler.experiment.data.prepare import prepare as prepared
    from labeler.experiment.files import ExperimentFiles

    files, task = ExperimentFiles(directory), experiment_settings().task
    runner = engine_of(engine, master, processes, is_quiet=as_json)
    chosen = opened(statements, pattern, first_day, last_day)
    with chosen as source, reading(source, "preparing", is_quiet=as_json) as progress:
        info = prepared(files, source, task=task, engine=runner, progress=progress)
    print_json(info) if as_json else show_dataset(info, files.prepared)


def engine_of(name: EngineName, master: str, processes: int, *, is_quiet: bool) -> "Engine":
    """Raises SettingsError when Spark is asked for and not there."""
    from labeler.experiment.data.engines import local_engine

    if name is EngineName.SPARK:
        from labeler.experiment.data.spark import spark_engine

        return spark_engine(master, is_quiet=is_quiet or not err.is_terminal)
    return local_engine(processes)


@contextmanager
def opened(statements: str, pattern: str, first_day: datetime | None, last_day: datetime | None) -> "Iterator[Source]":
    """Raises InputInvalidError for an address that can't be one, and for days in the wrong order."""
    from labeler.experiment.data.days import Days
    from labeler.experiment.data.sources import open_source

    days = Days(first_day and first_day.date(), last_day and last_day.date())
    source = open_source(statements, pattern, days)
    try:
        yield source
    finally:
        source.close()


@contextmanager
def reading(source: "Source", doing: str, *, is_quiet: bool) -> Iterator[Callable[[int], None]]:
    """A bar of the files so far; without an end where only a long listing would tell it."""
    with progress_bar(is_quiet=is_quiet) as bars:
        bar = bars.add_task(doing, total=None if is_quiet else source.count())
        yield lambda files: bars.update(bar, completed=files)


def show_validation(report: "ValidationReport", path: Path) -> None:
    out.print(
        f"{report.files:,} files, {report.rows_in:,} rows; {report.rows_rejected:,} rows rejected "
        f"({report.reject_share:.2%}, at most {report.max_reject_share:.2%}), {report.files_refused:,} files as a whole"
    )
    if report.reasons:
        rows = [
            (
                reason.reason,
                reason.rows,
                reason.records,
                ", ".join(_place(place) for place in reason.examples[:SHOWN_EXAMPLES]),
            )
            for reason in report.reasons
        ]
        print_table("", ("reason", "rows", "records", "for example"), rows)
    out.print(f"report: {path}")


def _place(place: "RejectExample") -> str:
    return f"{place.key}:{place.line}" if place.line else place.key


def show_dataset(info: "DatasetInfo", directory: Path) -> None:
    out.print(
        f"{info.rows:,} rows of {info.accounts:,} accounts in {info.files:,} files, {info.rows_rejected:,} rows rejected; "
        f"{len(info.feature_names)} features in {len(info.parts):,} parts: {directory}"
    )
