"""How the command speaks to people and to programs."""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from pydantic import BaseModel
from rich import box
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from labeler.errors import LabelerError
from labeler.formatting import number

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)

LONGEST_WORD = 24

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


def complain(error: LabelerError) -> None:
    """What went wrong, and on a line of its own the hint."""
    err.print(f"[bold red]error:[/] {escape(error.message)}", soft_wrap=True)
    if error.hint:
        err.print(f"[bold]try:[/] {escape(error.hint)}", soft_wrap=True)


def print_json(value: BaseModel | Mapping[str, Any] | Sequence[Any]) -> None:
    sys.stdout.write(json.dumps(_plain(value), indent=2, ensure_ascii=False) + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Numbers are aligned right; what is not text is written by `str`."""
    materialised = [list(row) for row in rows]
    # no frame: its lines cost a terminal of 80 columns what the cells need
    table = Table(
        title=title or None,
        title_justify="left",
        header_style="bold",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
        show_edge=False,
        show_header=any(columns),
    )
    widths = _widths(columns, materialised, out.width)
    for position, column in enumerate(columns):
        cells = [row[position] for row in materialised]
        is_number = bool(cells) and all(isinstance(cell, int | float) for cell in cells)
        table.add_column(column, justify="right" if is_number else "left", overflow="fold", width=widths[position])
    for row in materialised:
        table.add_row(*(number(cell) if isinstance(cell, int | float) else _text(cell) for cell in row))
    out.print(table)


def _widths(columns: Sequence[str], rows: Sequence[Sequence[object]], width: int) -> list[int]:
    """What each column gets of a terminal. A cell breaks between its words; within one only when it is as long as an
    object's key, or space is short. Rich's own way cuts the table off at the terminal's edge instead."""
    cells = [[number(cell) if isinstance(cell, int | float) else str(cell) for cell in row] for row in (columns, *rows)]
    whole = [max(map(len, column)) for column in zip(*cells, strict=True)]
    words = [max(len(word) for cell in column for word in [*cell.split(), ""]) for column in zip(*cells, strict=True)]
    limit = LONGEST_WORD
    while limit > 1 and sum(min(word, limit) for word in words) + 2 * len(columns) > width:
        limit -= 1
    column_widths = [max(min(word, limit), 1) for word in words]
    spare = max(width - sum(column_widths) - 2 * len(columns), 0)
    for position in sorted(range(len(columns)), key=lambda position: whole[position] - column_widths[position]):
        more = min(whole[position] - column_widths[position], spare)
        column_widths[position] += more
        spare -= more
    return column_widths


def _text(cell: object) -> RenderableType:
    """Data is printed as it is: only what we wrote as Text has colours."""
    return cell if isinstance(cell, Text) else escape(str(cell))


@contextmanager
def progress_bar(*, is_quiet: bool = False) -> Iterator[Progress]:
    """On stderr, so that stdout stays clean for programs."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=err,
        disable=is_quiet,
    ) as progress:
        yield progress
