"""Facts of a run -> the figures that its report shows. Pure: the time comes in as `now`."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from statistics import median
from typing import NamedTuple

from labeler.messages import UnitReceipt, UnitState
from labeler.monitoring.facts import RunFacts
from labeler.published import Forecast

SLOWEST = 8
MAX_WORKERS_SHOWN = 16
MAX_CATEGORIES = 10


class WorkerFigure(NamedTuple):
    name: str
    units: int
    files: int
    rows: int
    busy_s: float
    files_per_s: float


class WorkersFigure(NamedTuple):
    shown: list[WorkerFigure]
    """The fastest first; of very many the fastest and the slowest."""
    hidden: int
    median_files_per_s: float
    busy_s: float
    """Of all of them."""
    all: int


class StageFigure(NamedTuple):
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
    slowest_stage: str


class RejectFigure(NamedTuple):
    reason: str
    rows: int
    """Without a label for it."""
    records: int
    """In the quarantine: rows, or files as a whole."""
    examples: list[str]


class MixFigure(NamedTuple):
    """A category's share of the labels."""

    category: str
    rows: int
    share: float
    before: float | None
    reference: float | None


class Totals(NamedTuple):
    """Of the units that are done, whether the run is or not; time and pace are the newest generation's."""

    files: int
    rows_in: int
    rows_labeled: int
    rows_quarantined: int
    elapsed_s: float
    files_per_s: float

    @property
    def coverage(self) -> float:
        return self.rows_labeled / self.rows_in if self.rows_in else 0.0


class FailedUnit(NamedTuple):
    unit_id: int
    reason: str


def newest_forecasts(facts: RunFacts) -> list[Forecast]:
    """Of the newest generation, oldest first."""
    return [forecast for forecast in facts.forecasts if forecast.generation == facts.run.generation]


def generation_started_at(facts: RunFacts) -> datetime:
    """A redriven run begins anew; that its first tick comes up to a minute later is all that is known of it."""
    first = next(iter(newest_forecasts(facts)), None)
    return first.at if first and facts.run.generation > 1 else facts.run.started_at


def failed_units(facts: RunFacts) -> list[FailedUnit]:
    return [FailedUnit(unit.unit_id, unit.reason) for unit in facts.units if unit.state is UnitState.FAILED]


def totals(facts: RunFacts, now: datetime) -> Totals:
    receipts, started_at = facts.receipts, generation_started_at(facts)
    ended_at = facts.summary.finished_at if facts.summary else now
    elapsed_s = max((ended_at - started_at).total_seconds(), 0.0)
    # a unit that was in work when the first tick came is of the redrive, too; older ones are of the generation before
    done = sum(receipt.files for receipt in receipts if facts.run.generation == 1 or receipt.finished_at >= started_at)
    return Totals(
        files=sum(receipt.files for receipt in receipts),
        rows_in=sum(receipt.rows_in for receipt in receipts),
        rows_labeled=sum(receipt.rows_labeled for receipt in receipts),
        rows_quarantined=sum(receipt.rows_quarantined for receipt in receipts),
        elapsed_s=elapsed_s,
        files_per_s=done / elapsed_s if elapsed_s else 0.0,
    )


def workers(receipts: Sequence[UnitReceipt]) -> WorkersFigure:
    names = sorted({receipt.worker_id for receipt in receipts})
    found = [_worker(name, [one for one in receipts if one.worker_id == name]) for name in names]
    found.sort(key=lambda worker: worker.files_per_s, reverse=True)
    half = MAX_WORKERS_SHOWN // 2
    shown = found if len(found) <= MAX_WORKERS_SHOWN else [*found[:half], *found[-half:]]
    return WorkersFigure(
        shown=shown,
        hidden=len(found) - len(shown),
        median_files_per_s=median(worker.files_per_s for worker in found) if found else 0.0,
        busy_s=sum(worker.busy_s for worker in found),
        all=len(found),
    )


def _worker(name: str, receipts: list[UnitReceipt]) -> WorkerFigure:
    """Its time is that in which it had a unit: fetching the next one overlaps computing this one."""
    busy_s, until = 0.0, None
    for receipt in sorted(receipts, key=lambda receipt: receipt.finished_at):
        start = receipt.started_at if until is None else max(receipt.started_at, until)
        busy_s += max((receipt.finished_at - start).total_seconds(), 0.0)
        until = receipt.finished_at
    files = sum(receipt.files for receipt in receipts)
    return WorkerFigure(
        name=name,
        units=len(receipts),
        files=files,
        rows=sum(receipt.rows_in for receipt in receipts),
        busy_s=busy_s,
        files_per_s=files / busy_s if busy_s else 0.0,
    )


def stages(receipts: Sequence[UnitReceipt]) -> list[StageFigure]:
    """The longest first. Fetching overlaps the others, so the shares are of work, not of the clock."""
    total: Counter[str] = Counter()
    for receipt in receipts:
        total.update(receipt.stage_s)
    whole = sum(total.values())
    return [StageFigure(name, seconds, seconds / whole if whole else 0.0) for name, seconds in total.most_common()]


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
            slowest_stage=max(receipt.stage_s, key=lambda stage: receipt.stage_s[stage], default=""),
        )
        for receipt in by_time[:SLOWEST]
    ]


def rejects(facts: RunFacts) -> list[RejectFigure]:
    """The reason that cost most rows first."""
    records = _summed(receipt.rejects for receipt in facts.receipts)
    rows = _summed(receipt.rejected_rows for receipt in facts.receipts)
    by_cost = sorted(records, key=lambda reason: (-rows[reason], -records[reason]))
    return [RejectFigure(reason, rows[reason], records[reason], facts.examples.get(reason, [])) for reason in by_cost]


def label_mix(facts: RunFacts) -> list[MixFigure]:
    """The most frequent categories; what is left over is one line."""
    counts = _summed(receipt.label_counts for receipt in facts.receipts)
    today = _shares(counts)
    before = _shares(facts.before.label_counts) if facts.before else None
    reference = facts.drift.reference.label_shares if facts.drift and facts.drift.reference else None
    top = [category for category, _ in counts.most_common(MAX_CATEGORIES)]

    def of_top(shares: dict[str, float] | None, category: str) -> float | None:
        return None if shares is None else shares.get(category, 0.0)

    def of_rest(shares: dict[str, float] | None) -> float | None:
        return None if shares is None else sum(share for name, share in shares.items() if name not in top)

    mix = [
        MixFigure(category, counts[category], today[category], of_top(before, category), of_top(reference, category))
        for category in top
    ]
    rest = sum(counts.values()) - sum(counts[category] for category in top)
    if not rest:
        return mix
    return [*mix, MixFigure("all others", rest, of_rest(today) or 0.0, of_rest(before), of_rest(reference))]


def _summed(counts: Iterable[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _shares(counts: dict[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()} if whole else {}
