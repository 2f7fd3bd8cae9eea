"""Distances -> a verdict that a person can act on. Pure."""

from collections.abc import Mapping

from labeler.monitoring.drift.columns import CONFIDENCE, LABEL
from labeler.monitoring.drift.compare import Comparison
from labeler.monitoring.reports import ColumnDrift, DriftVerdict, ReferenceNote
from labeler.monitoring.thresholds import Thresholds
from labeler.published import RunSummary

MAX_FLAGS = 12
REJECTS = "share of rejected rows"
MIX = "mix of the labels"


def reject_share(summary: RunSummary) -> float:
    return summary.rows_quarantined / summary.rows_in if summary.rows_in else 0.0


def label_distance(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """Jensen-Shannon distance to base 2 of two mixes, 0 to 1 (Lin, Divergence measures based on the Shannon entropy,
    1991). Of all labels, not of the sample: the receipts count them."""
    from math import log2, sqrt

    def half(share: float, mean: float) -> float:
        return share * log2(share / mean) / 2 if share > 0 else 0.0

    names = {*one, *other}
    pairs = [(one.get(name, 0.0), other.get(name, 0.0)) for name in names]
    return sqrt(max(sum(half(a, (a + b) / 2) + half(b, (a + b) / 2) for a, b in pairs), 0.0))


def verdict_fields(
    comparison: Comparison, summary: RunSummary, note: ReferenceNote, *, thresholds: Thresholds
) -> dict[str, object]:
    """The fields of a DriftReport that follow from the distances."""
    by_name = {
        column.name: ColumnDrift(
            column=column.name,
            method=column.method,
            score=comparison.scores[column.name],
            threshold=column.threshold,
            is_watched=column.name not in thresholds.not_watched,
        )
        for column in comparison.columns
    }
    labeled = max(sum(summary.label_counts.values()), 1)
    mix = {name: count / labeled for name, count in summary.label_counts.items()}
    label = by_name.pop(LABEL).model_copy(update={"column": MIX, "score": label_distance(mix, note.label_shares)})
    confidence = by_name.pop(CONFIDENCE)
    rejects = None
    if note.reject_share is not None:
        change = abs(reject_share(summary) - note.reject_share)
        rejects = ColumnDrift(column=REJECTS, method="change", score=change, threshold=thresholds.reject_share_change)
    features = tuple(by_name.values())
    flags = flags_of([rejects, label, confidence], features)
    return {
        "verdict": DriftVerdict.DRIFTED if flags else DriftVerdict.STABLE,
        "flags": flags,
        "features": features,
        "label": label,
        "confidence": confidence,
        "rejects": rejects,
    }


def flags_of(first: list[ColumnDrift | None], features: tuple[ColumnDrift, ...]) -> tuple[str, ...]:
    """In sentences, the features that drifted most first."""
    by_distance = sorted((one for one in features if one.is_drifted), key=lambda one: one.threshold / one.score)
    drifted = [one for one in first if one and one.is_drifted] + by_distance
    flags = [f"{one.column}: {one.score:.3g} from the reference, {one.threshold:.3g} is allowed" for one in drifted]
    if len(flags) > MAX_FLAGS:
        return (*flags[:MAX_FLAGS], f"and {len(flags) - MAX_FLAGS} more columns")
    return tuple(flags)
