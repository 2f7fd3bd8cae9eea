"""Requests that contradict what was decided before: by a published day, or by the run's own pin."""

from labeler import layout
from labeler.errors import RunConflictError, RunNotFoundError
from labeler.ledger import Ledger
from labeler.messages import RunState, StartRun
from labeler.published import RunSummary
from labeler.storage import Bucket, find_message


def require_unpublished(request: StartRun, runs: Bucket, ledger: Ledger) -> None:
    """Raises RunConflictError for a backfill when readers see the labels of the day's daily run; nobody reads a FAILED one's."""
    if request.kind == layout.DAILY or not request.keep_published or _was_opened(request, ledger):
        return
    daily = layout.run_id(request.run_date)
    summary = find_message(runs, layout.summary_key(daily), RunSummary)
    if summary and summary.state is not RunState.FAILED:
        raise RunConflictError(
            f"{request.run_date} is labeled: {daily} published generation {summary.generation} "
            f"with model version {summary.model_version}",
            hint="ask for labels beside the published ones: --beside-published, or keep_published false in the event",
        )


def require_same_model(request: StartRun, version: str) -> None:
    """A run keeps its pin. Raises RunConflictError for a call that asks for another one, rather than answer with the first."""
    if request.model_version and version and request.model_version != version:
        run_id = layout.run_id(request.run_date, request.kind)
        raise RunConflictError(
            f"{run_id} is pinned to model version {version}, asked for is {request.model_version}",
            hint="start a run of another kind",
        )


def _was_opened(request: StartRun, ledger: Ledger) -> bool:
    """What was opened is gone on with, whatever was published since."""
    try:
        ledger.run(layout.run_id(request.run_date, request.kind))
    except RunNotFoundError:
        return False
    return True
