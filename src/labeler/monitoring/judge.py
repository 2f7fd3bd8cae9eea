"""Scores -> a verdict that a person can act on, and metrics. Pure."""

from collections.abc import Mapping

from labeler.monitoring.drift import CONFIDENCE, LABEL, Scored
from labeler.monitoring.records import ColumnDrift, DriftReport, PerformanceReport, ReferenceNote, Verdict
from labeler.monitoring.thresholds import Thresholds
from labeler.published import RunSummary
from labeler.telemetry import Measure, Metric

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


def judged(scored: Scored, summary: RunSummary, note: ReferenceNote, *, thresholds: Thresholds) -> dict[str, object]:
    """The fields of a DriftReport that follow from the scores."""
    by_name = {
        column.name: ColumnDrift(
            column=column.name,
            method=column.method,
            score=scored.scores[column.name],
            threshold=column.threshold,
            is_watched=column.name not in thresholds.not_watched,
        )
        for column in scored.columns
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
        "verdict": Verdict.DRIFTED if flags else Verdict.STABLE,
        "flags": flags,
        "features": features,
        "label": label,
        "confidence": confidence,
        "rejects": rejects,
    }


def flags_of(first: list[ColumnDrift | None], features: tuple[ColumnDrift, ...]) -> tuple[str, ...]:
    """In sentences, the features that drifted most first."""
    drifted = sorted((one for one in features if one.is_drifted), key=lambda one: one.threshold / one.score)
    every = [one for one in first if one and one.is_drifted] + drifted
    told = [f"{one.column}: {one.score:.3g} from the reference, {one.threshold:.3g} is allowed" for one in every]
    if len(told) > MAX_FLAGS:
        return (*told[:MAX_FLAGS], f"and {len(told) - MAX_FLAGS} more columns")
    return tuple(told)


def measures(report: DriftReport) -> list[Measure]:
    """A day that could not be judged says nothing: no metric is better than a zero that means nothing."""
    if report.verdict is Verdict.UNJUDGED or not report.label or not report.confidence:
        return []
    rejects = [Measure(Metric.REJECT_SHARE_CHANGE, 100 * report.rejects.score, "Percent")] if report.rejects else []
    return [
        Measure(Metric.RUN_DRIFTED, 1 if report.verdict is Verdict.DRIFTED else 0),
        Measure(Metric.DRIFTED_SHARE, 100 * report.drifted_share, "Percent"),
        Measure(Metric.LABEL_DRIFT, report.label.score, "None"),
        Measure(Metric.CONFIDENCE_DRIFT, report.confidence.score, "None"),
        *rejects,
    ]


def performance_measures(report: PerformanceReport) -> list[Measure]:
    if not report.rows_known:
        return []
    return [
        Measure(Metric.ACCURACY, 100 * report.accuracy, "Percent"),
        Measure(Metric.MACRO_F1, 100 * report.macro_f1, "Percent"),
    ]
