"""`labeler quarantine show`: what was rejected in a run, where and why. Values are never shown; they were not kept."""

from collections import Counter, defaultdict
from typing import Annotated, Any

import typer

from labeler.cli.connection import connect
from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.cli.options import RunName
from labeler.errors import RunConflictError
from labeler.monitoring.rejects import place_of, read_rejects

app = typer.Typer(no_args_is_help=True, help="What a run rejected.")


@app.callback()
def about() -> None:
    """What a run rejected, and why."""


@app.command()
def show(
    name: RunName = None,
    reason: Annotated[str | None, typer.Option(help="Only this reason code.")] = None,
    examples: Annotated[int, typer.Option(help="Places shown for each reason.", min=0)] = 3,
    *,
    as_json: AsJson = False,
) -> None:
    """Rejects of a published run by reason, with examples of where."""
    connection = connect()
    run = connection.run(name)
    if not run.state.is_published:
        raise RunConflictError(f"{run.run_id} is {run.state}", hint="wait for it: `labeler run watch`")
    generation = connection.generation(run.run_id, run.generation)
    counts: Counter[str] = Counter()
    rows: Counter[str] = Counter()
    places: dict[str, list[dict[str, Any]]] = defaultdict(list)
    records = (record for output in generation.quarantine for record in read_rejects(connection.labels, output))
    for record in records:
        if reason is None or record["reason"] == reason:
            counts[record["reason"]] += 1
            rows[record["reason"]] += record["rows"]
            if len(places[record["reason"]]) < examples:
                places[record["reason"]].append(record)
    if as_json:
        print_json({name: {"records": counts[name], "rows": rows[name], "examples": places[name]} for name in counts})
        return
    if not counts:
        out.print(f"{run.run_id}: nothing was rejected" + (f" for {reason}" if reason else ""))
        return
    print_table(
        f"{run.run_id} generation {run.generation}",
        ("reason", "records", "rows", "for example"),
        [(name, count, rows[name], "\n".join(map(place_of, places[name]))) for name, count in counts.most_common()],
    )
