"""A smoke run: a few packaged statements of a stage, from landing to a published summary."""

from datetime import datetime
from importlib.resources import files
from itertools import cycle, islice

from labeler import layout
from labeler.errors import PermanentError
from labeler.messages import RunState
from labeler.published import RunSummary
from labeler.runs.connection import Connection
from labeler.runs.landing import land_files
from labeler.runs.start import invoke_manifest
from labeler.storage import Bucket
from labeler.task import RawFile


def smoke_files(count: int) -> list[RawFile]:
    """The packaged statements, again and again under other names when there are fewer. None of their rows is real."""
    packaged = sorted(files("labeler.runs").joinpath("smoke_statements").iterdir(), key=lambda path: path.name)
    bodies = [path.read_bytes() for path in packaged if path.name.endswith(".csv")]
    return [RawFile(f"smoke-{number:04}.csv", body) for number, body in enumerate(islice(cycle(bodies), count))]


def start_smoke_run(connection: Connection, count: int, *, now: datetime) -> str:
    """The id of the run. A date and kind is one run, so each smoke run has a kind of its own."""
    raw = Bucket(connection.aws, connection.settings.raw_bucket)
    land_files(raw, smoke_files(count), layout.landing_prefix(layout.SMOKE_DAY))
    return invoke_manifest(connection, layout.SMOKE_DAY, kind=f"smoke{now:%y%m%d%H%M%S}").run_id


def require_success(summary: RunSummary, *, rollback: str) -> None:
    """Raises PermanentError unless the run is COMPLETE and has labels. `rollback`: the command that goes back."""
    if summary.state is not RunState.COMPLETE or summary.rows_labeled == 0:
        raise PermanentError(
            f"{summary.run_id} is {summary.state} with {summary.rows_labeled} labels",
            hint=f"look at it: `labeler run status {summary.run_id}`; go back: `{rollback}`",
        )
