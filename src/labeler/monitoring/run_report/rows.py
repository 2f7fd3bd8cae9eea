"""What became of a run's rows: rejects by reason, and the mix of the labels. Pure."""

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from labeler.monitoring.run_report.run_data import RunData

MAX_CATEGORIES = 10


class RejectCount(NamedTuple):
    reason: str
    rows: int
    """Without a label for it."""
    records: int
    """In the quarantine: rows, or files as a whole."""
    examples: list[str]


class CategoryShare(NamedTuple):
    """A category's share of the labels."""

    category: str
    rows: int
    share: float
    previous: float | None
    reference: float | None


def reject_counts(data: RunData) -> list[RejectCount]:
    """The reason that cost most rows first."""
    records = _summed(receipt.rejects for receipt in data.receipts)
    rows = _summed(receipt.rejected_rows for receipt in data.receipts)
    by_cost = sorted(records, key=lambda reason: (-rows[reason], -records[reason]))
    return [RejectCount(reason, rows[reason], records[reason], data.examples.get(reason, [])) for reason in by_cost]


def label_mix(data: RunData) -> list[CategoryShare]:
    """The most frequent categories; what is left over is one line."""
    counts = _summed(receipt.label_counts for receipt in data.receipts)
    today = _shares(counts)
    previous = _shares(data.previous.label_counts) if data.previous else None
    reference = data.drift.reference.label_shares if data.drift and data.drift.reference else None
    top = [category for category, _ in counts.most_common(MAX_CATEGORIES)]

    def of_top(shares: dict[str, float] | None, category: str) -> float | None:
        return None if shares is None else shares.get(category, 0.0)

    def of_rest(shares: dict[str, float] | None) -> float | None:
        return None if shares is None else sum(share for name, share in shares.items() if name not in top)

    mix = [
        CategoryShare(name, counts[name], today[name], of_top(previous, name), of_top(reference, name)) for name in top
    ]
    rest = sum(counts.values()) - sum(counts[name] for name in top)
    if not rest:
        return mix
    return [*mix, CategoryShare("all others", rest, of_rest(today) or 0.0, of_rest(previous), of_rest(reference))]


def _summed(counts: Iterable[dict[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total


def _shares(counts: dict[str, int]) -> dict[str, float]:
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.items()} if whole else {}
