"""A published run's summary, and the receipts of a run's units."""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from labeler import layout
from labeler.errors import RunConflictError, RunNotFoundError
from labeler.messages import UnitReceipt
from labeler.published import RunSummary
from labeler.storage import Bucket, find_message

READERS = 16


def published_summary(run_id: str, runs: Bucket) -> RunSummary:
    """Of its newest generation. Raises RunNotFoundError, RunConflictError (it is not published yet)."""
    summary = find_message(runs, layout.summary_key(run_id), RunSummary)
    if summary is None:
        if not runs.has(layout.index_key(run_id)):
            raise RunNotFoundError(f"there is no run {run_id}", hint="`labeler run list` shows the runs")
        raise RunConflictError(f"{run_id} is not published yet", hint="wait for it: `labeler run watch`")
    return summary


def read_receipts(run_id: str, unit_ids: Iterable[int], runs: Bucket) -> list[UnitReceipt]:
    """In the order of the units; a unit without a receipt is left out."""
    keys = [layout.receipt_key(run_id, unit_id) for unit_id in unit_ids]
    with ThreadPoolExecutor(READERS, thread_name_prefix="receipts") as pool:
        receipts = list(pool.map(lambda key: find_message(runs, key, UnitReceipt), keys))
    return [receipt for receipt in receipts if receipt]
