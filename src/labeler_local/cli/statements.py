"""`labeler statements generate`: synthetic statements to try things on."""

from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.console import AsJson, out, print_json, progress_bar


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
