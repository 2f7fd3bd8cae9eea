"""`labeler release`: what delivery does to a stage beside deploying it. The Makefile calls these in their order."""

import getpass
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from labeler.cli.connection import Stage, connect
from labeler.cli.console import AsJson, out, print_json, print_table
from labeler.cli.options import By
from labeler.cli.release_champion import promote, restore_champion
from labeler.cli.summary import show_summary
from labeler.cli.watch import follow
from labeler.errors import ServiceUnavailableError
from labeler.published import RunSummary
from labeler.release import images, log
from labeler.release.history import History
from labeler.release.open_runs import require_none_open
from labeler.release.records import Build, Release
from labeler.runs.connection import Connection
from labeler.runs.smoke import require_success, start_smoke_run
from labeler.runs.stages import find_stage, variables_of

app = typer.Typer(no_args_is_help=True, help="What a stage was given, and the way back.")
app.command()(promote)
app.command()(restore_champion)
BuildFile = Annotated[Path, typer.Argument(help="What `make images` wrote.")]

SMOKE_FILES = 20


@app.command()
def check(stage: Stage = None) -> None:
    """May the stage get a release now? Exit 75 while a run is open."""
    connection = find_stage(stage) if stage else connect()
    if connection is None:
        out.print(f"{stage} was not deployed yet: no run can be open")
        return
    require_none_open(connection.ledger.runs())
    out.print("no run is open")


@app.command()
def environment(stage: Annotated[str, typer.Option(metavar="STAGE", help="dev, staging or prod.")]) -> None:
    """For a terminal that is to know a stage: eval "$(labeler release environment --stage prod)"."""
    for name, value in sorted(variables_of(stage).items()):
        typer.echo(f"export {name}={shlex.quote(value)}")


@app.command()
def describe(
    directory: Annotated[Path, typer.Argument(help="A folder of NAME.oci.tar.")],
    commit: Annotated[str, typer.Option(help="Of which the images were built.")],
    to: Annotated[Path, typer.Option(help="The file to write.")],
    params: Annotated[Path, typer.Option(help="Names the champion that comes with it.")] = Path("params.yaml"),
) -> None:
    """Write down what was built: the digest of each image, and the champion of params.yaml."""
    from labeler.experiment.registering.recipe import read_recipe

    recipe = read_recipe(params)
    build = images.describe(directory, commit=commit, champion=recipe.sha256 if recipe else None)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(build.to_json() + "\n", encoding="utf-8")
    print_table(f"built of {commit}", ("image", "tag", "digest"), _images(build))


@app.command(name="images")
def list_images(build: BuildFile) -> None:
    """For programs: a line `name tag digest` for each image."""
    for name, tag, digest in _images(images.read_build(build)):
        typer.echo(f"{name} {tag} {digest}")


def _images(build: Build) -> list[tuple[str, str, str]]:
    return [(name, build.tag(name), digest) for name, digest in build.images.items()]


@app.command()
def note(
    build: BuildFile,
    stage: Stage = None,
    by: By = None,
    back_to: Annotated[int | None, typer.Option(help="The release that this goes back to.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """Write down what the stage is about to get. Repeating it writes nothing; so does a stage that has no bucket yet."""
    connection = find_stage(stage) if stage else connect()
    if connection is None:
        out.print(f"{stage} was not deployed yet: it has no place for notes")
        return
    noted = log.record_release(
        connection.runs, images.read_build(build), by=by or getpass.getuser(), at=datetime.now(UTC), back_to=back_to
    )
    if as_json:
        print_json(noted)
        return
    out.print(f"[bold]release {noted.number}[/] is commit {noted.commit[:12]}")


@app.command()
def confirm(build: BuildFile, stage: Stage = None, by: By = None) -> None:
    """Write down that the newest release of the stage, which has to be this build, worked: a rollback may lead to it."""
    confirmed = log.confirm_release(
        connect(stage).runs, images.read_build(build), by=by or getpass.getuser(), at=datetime.now(UTC)
    )
    out.print(f"release {confirmed.number} worked")


@app.command(name="list")
def list_releases(stage: Stage = None, *, as_json: AsJson = False) -> None:
    """What the stage was given, newest first; * is what it has."""
    history = log.read_history(connect(stage).runs)
    newest_first = history.releases[::-1]
    if as_json:
        print_json(
            [{**each.model_dump(mode="json"), "worked": each.number in history.succeeded} for each in newest_first]
        )
        return
    columns = ("", "release", "at (UTC)", "commit", "champion", "by", "", "worked")
    print_table("", columns, [_row(release, history) for release in newest_first])


def _row(release: Release, history: History) -> tuple[object, ...]:
    marked = "*" if release == history.current else ""
    at, champion = f"{release.at:%Y-%m-%d %H:%M}", (release.champion or "")[:12]
    went_back = f"back to {release.back_to}" if release.back_to else ""
    worked = "yes" if release.number in history.succeeded else "no"
    return (marked, str(release.number), at, release.commit[:12], champion, release.by, went_back, worked)


@app.command()
def current(stage: Stage = None) -> None:
    """For programs: number and commit of what the stage has; nothing when it was never given anything."""
    connection = find_stage(stage) if stage else connect()
    release = log.read_history(connection.runs).current if connection else None
    if release:
        typer.echo(f"{release.number} {release.commit}")


@app.command()
def before(
    stage: Stage = None,
    *,
    to: Annotated[Path, typer.Option(help="The file to write; a deployment takes it as it takes a new build.")],
    number: Annotated[
        int | None, typer.Option("--number", help="This one; left out: the newest that worked, or the one begun.")
    ] = None,
) -> None:
    """Write down the release before the one that the stage has: what a rollback deploys. Prints its number and commit."""
    release = log.read_history(connect(stage).runs).rollback_target(number)
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_text(release.to_json() + "\n", encoding="utf-8")
    typer.echo(f"{release.number} {release.commit}")


@app.command()
def smoke(
    stage: Stage = None,
    files: Annotated[int, typer.Option(min=1, help="How many statements.")] = SMOKE_FILES,
    timeout_s: Annotated[int, typer.Option("--timeout", help="Seconds until it counts as failed.")] = 1200,
    *,
    as_json: AsJson = False,
) -> None:
    """Label a few packaged statements, from landing to a published summary. Exit 65 when it is not COMPLETE."""
    connection, now = connect(stage), datetime.now(UTC)
    run_id = start_smoke_run(connection, files, now=now)
    summary = _followed(connection, run_id, until=now.timestamp() + timeout_s)
    print_json(summary) if as_json else show_summary(summary)
    require_success(summary, rollback=f"make rollback STAGE={stage or '...'}")


def _followed(connection: Connection, run_id: str, *, until: float) -> RunSummary:
    def require_time() -> None:
        if datetime.now(UTC).timestamp() > until:
            raise ServiceUnavailableError(
                f"{run_id} is not published in time", hint=f"look at it: `labeler run status {run_id}`"
            )

    return follow(connection, run_id, check=require_time)
