"""How right a run's labels were, by true labels that came later: the performance report."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from labeler import layout
from labeler.errors import InputInvalidError
from labeler.monitoring.ground_truth import GroundTruth, MatchCounts, count_matches
from labeler.monitoring.published_run import published_summary
from labeler.monitoring.reports import CategoryPerformance, PerformanceReport
from labeler.published import PublishedGeneration, RunSummary
from labeler.storage import Bucket, read_message
from labeler.task import LabelingTask


def measure_performance(
    run_id: str, *, ground_truth: GroundTruth, task: LabelingTask, runs: Bucket, labels: Bucket, now: datetime
) -> PerformanceReport:
    """Writes performance.json, which newer true labels replace.

    Raises RunNotFoundError, RunConflictError (not published yet), InputInvalidError (nothing matched).
    """
    summary = published_summary(run_id, runs)
    published = read_message(runs, layout.generation_key(run_id, summary.generation), PublishedGeneration)
    total = MatchCounts.empty(len(task.categories))
    for counts in count_matches(published.labels, ground_truth, task, labels):
        total = total.plus(counts)
    if not total.confusion.sum():
        raise InputInvalidError(
            f"none of the true labels is of a row that {run_id} labeled",
            hint="they need the names of the run's files and the column of the category",
        )
    report = _report(summary, total, task.categories, now)
    runs.put(layout.performance_key(run_id), report.model_dump_json(indent=2).encode(), "application/json")
    return report


def _report(summary: RunSummary, counts: MatchCounts, categories: Sequence[str], now: datetime) -> PerformanceReport:
    known, correct = int(counts.confusion.sum()), int(np.trace(counts.confusion))
    of_all = [_category(name, position, counts.confusion) for position, name in enumerate(categories)]
    present = [category for category in of_all if category.rows]
    return PerformanceReport(
        run_id=summary.run_id,
        run_date=summary.run_date,
        generation=summary.generation,
        model_version=summary.model_version,
        at=now,
        rows_labeled=summary.rows_labeled,
        rows_known=known,
        rows_unmatched=counts.unmatched,
        accuracy=correct / known,
        second_accuracy=(correct + counts.second_correct) / known,
        macro_f1=sum(category.f1 for category in present) / len(present),
        majority_accuracy=max(category.rows for category in present) / known,
        mean_confidence=counts.confidence_sum / known,
        categories=tuple(present),
    )


def _category(name: str, position: int, confusion: np.ndarray) -> CategoryPerformance:
    correct = int(confusion[position, position])
    true, predicted = int(confusion[position].sum()), int(confusion[:, position].sum())
    return CategoryPerformance(
        category=name,
        rows=true,
        precision=correct / predicted if predicted else 0.0,
        recall=correct / true if true else 0.0,
        f1=2 * correct / (true + predicted) if correct else 0.0,
    )
