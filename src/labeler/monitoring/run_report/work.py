"""Receipts -> what each worker did, where the time went, and the slowest units. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median
from typing import NamedTuple

from labeler.messages import UnitReceipt

MAX_SLOWEST = 8
MAX_WORKERS_SHOWN = 16


class WorkerThroughput(NamedTuple):
    name: str
    units: int
    files: int
    rows: int
    busy_s: float
    files_per_s: float


class FleetThroughput(NamedTuple):
    """Of all workers of a run."""

    shown: list[WorkerThroughput]
    """The fastest first; of very many the fastest and the slowest."""
    hidden: int
    median_files_per_s: float
    busy_s: float
    workers: int


class PhaseTime(NamedTuple):
    """A part of the work on a unit, such as fetch or predict, over all units."""

    name: str
    seconds: float
    share: float


class SlowUnit(NamedTuple):
    name: str
    seconds: float
    files: int
    rows: int
    megabytes: float
    worker: str
    receives: int
    longest_phase: str


def fleet_throughput(receipts: Sequence[UnitReceipt]) -> FleetThroughput:
    names = sorted({receipt.worker_id for receipt in receipts})
    workers = [_throughput(name, [receipt for receipt in receipts if receipt.worker_id == name]) for name in names]
    workers.sort(key=lambda worker: worker.files_per_s, reverse=True)
    half = MAX_WORKERS_SHOWN // 2
    shown = workers if len(workers) <= MAX_WORKERS_SHOWN else [*workers[:half], *workers[-half:]]
    return FleetThroughput(
        shown=shown,
        hidden=len(workers) - len(shown),
        median_files_per_s=median(worker.files_per_s for worker in workers) if workers else 0.0,
        busy_s=sum(worker.busy_s for worker in workers),
        workers=len(workers),
    )


def _throughput(name: str, receipts: list[UnitReceipt]) -> WorkerThroughput:
    """Its time is that in which it had a unit: fetching the next one overlaps computing this one."""
    busy_s, until = 0.0, None
    for receipt in sorted(receipts, key=lambda receipt: receipt.finished_at):
        start = receipt.started_at if until is None else max(receipt.started_at, until)
        busy_s += max((receipt.finished_at - start).total_seconds(), 0.0)
        until = receipt.finished_at
    files = sum(receipt.files for receipt in receipts)
    return WorkerThroughput(
        name=name,
        units=len(receipts),
        files=files,
        rows=sum(receipt.rows_in for receipt in receipts),
        busy_s=busy_s,
        files_per_s=files / busy_s if busy_s else 0.0,
    )


def phase_times(receipts: Sequence[UnitReceipt]) -> list[PhaseTime]:
    """The longest first. Fetching overlaps the others, so the shares are of work, not of the clock."""
    total: Counter[str] = Counter()
    for receipt in receipts:
        total.update(receipt.stage_s)
    whole = sum(total.values())
    return [PhaseTime(name, seconds, seconds / whole if whole else 0.0) for name, seconds in total.most_common()]


def slowest_units(receipts: Iterable[UnitReceipt]) -> list[SlowUnit]:
    by_time = sorted(receipts, key=lambda receipt: receipt.started_at - receipt.finished_at)
    return [
        SlowUnit(
            name=f"{receipt.unit_id}",
            seconds=(receipt.finished_at - receipt.started_at).total_seconds(),
            files=receipt.files,
            rows=receipt.rows_in,
            megabytes=receipt.size_bytes / 2**20,
            worker=receipt.worker_id,
            receives=receipt.receive_count,
            longest_phase=max(receipt.stage_s, key=lambda phase: receipt.stage_s[phase], default=""),
        )
        for receipt in by_time[:MAX_SLOWEST]
    ]
