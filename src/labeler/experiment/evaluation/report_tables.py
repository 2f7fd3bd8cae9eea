"""The tables of the comparison report, in Markdown (pure)."""

from collections.abc import Iterable, Sequence

from labeler.experiment.evaluation.markdown import markdown_table
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.records import ExperimentPlan
from labeler.experiment.scores import CoveragePoint, Evaluation, Interval, ModelEvaluation, Score, SplitScore
from labeler.experiment.verdicts import Criterion, GateResult

SHOWN_SHARE = 0.3
"""Of the rows: the most confident ones."""
SHORT = 12
"""Characters of a digest."""


def candidates(evaluation: Evaluation, result: GateResult) -> str:
    missed = {verdict.candidate: len(verdict.missed) for verdict in result.verdicts}
    head = ("model", "accuracy", "macro-F1", f"surest {SHOWN_SHARE:.0%}", "log loss", "calibration error",
            "unseen accuracy", "us per row", "MB", "gate")  # fmt: skip
    rows = []
    for model in ranked(evaluation):
        count = missed.get(model.name)
        verdict = "winner" if model.name == result.winner else "pass" if count == 0 else f"misses {count}"
        rows.append((f"**{model.name}**" if verdict == "winner" else model.name, *_figures(model), verdict))
    if champion := evaluation.champion:
        rows.append((f"champion, version {champion.version}", *_figures(champion), ""))
    majority = _scores(evaluation.majority_later, evaluation.majority_unseen)
    rows.append((f"majority: {evaluation.majority_category}", *majority, "", "", ""))
    later = evaluation.majority_later
    caption = f"Later rows of known accounts ({later.rows:,} rows, {later.accounts:,} accounts)"
    if evaluation.majority_unseen:
        unseen = evaluation.majority_unseen
        caption += f"; unseen accounts beside it ({unseen.rows:,} rows, {unseen.accounts:,} accounts)"
    return f"{caption}.\n\n{markdown_table(head, rows, numbers=range(1, 9))}"


def _figures(model: ModelEvaluation) -> tuple[str, ...]:
    scores = _scores(model.later.score, model.unseen.score if model.unseen else None)
    return (*scores, f"{model.us_per_row:.2f}", f"{model.size_bytes / 1e6:.2f}")


def _scores(later: Score, unseen: Score | None) -> tuple[str, ...]:
    most_confident = next((point.accuracy for point in later.by_share if point.share == SHOWN_SHARE), None)
    return (
        f"{later.accuracy:.3f}",
        f"{later.macro_f1:.3f}",
        "" if most_confident is None else f"{most_confident:.3f}",
        f"{later.log_loss:.2f}",
        f"{later.calibration_error:.3f}",
        f"{unseen.accuracy:.3f}" if unseen else "",
    )


def differences(evaluation: Evaluation, model: ModelEvaluation) -> str:
    level = f"{evaluation.confidence_level:.0%}"
    head = ("rows", "measure", "against the majority", "against the champion")
    rows = [
        (name, *row)
        for name, split in (("later rows of known accounts", model.later), ("unseen accounts", model.unseen))
        if split
        for row in _split_differences(split)
    ]
    note = f"Differences with their {level} interval, by a bootstrap over accounts."
    return f"{markdown_table(head, rows)}\n\n{note}"


def _split_differences(split: SplitScore) -> Iterable[tuple[str, str, str]]:
    majority, champion = split.against_majority, split.against_champion
    yield "accuracy", _interval(majority.accuracy), _interval(champion.accuracy) if champion else ""
    yield "macro-F1", _interval(majority.macro_f1), _interval(champion.macro_f1) if champion else ""


def _interval(interval: Interval) -> str:
    return f"{interval.difference:+.3f} ({interval.low:+.3f} to {interval.high:+.3f})"


def criteria(criteria: Sequence[Criterion]) -> str:
    marks = {"met": "met", "NOT MET": "**not met**", "not evaluated": "not evaluated"}
    rows = [
        (each.name, "" if each.value is None else f"{each.value:.4g}",
         "" if each.bound is None else f"{each.sense} {each.bound:.4g}", marks[each.verdict], each.note)
        for each in criteria
    ]  # fmt: skip
    return markdown_table(("criterion", "value", "bound", "verdict", "note"), rows, numbers=(1, 2))


def categories(model: ModelEvaluation) -> str:
    unseen = model.unseen.score.categories if model.unseen else {}
    later = model.later.score.categories
    rows = [
        (name, f"{each.rows:,}", f"{each.precision:.2f}", f"{each.recall:.2f}", f"{each.f1:.2f}",
         f"{unseen[name].f1:.2f}" if name in unseen else "")
        for name, each in sorted(later.items(), key=lambda item: (-item[1].rows, item[0]))
    ]  # fmt: skip
    return markdown_table(
        ("category", "rows", "precision", "recall", "F1", "F1, unseen accounts"), rows, numbers=range(1, 6)
    )


def thresholds(evaluation: Evaluation, model: ModelEvaluation) -> str:
    """What labeling only the rows above a confidence would leave, and how right that would be."""
    champion = (
        {point.threshold: point for point in evaluation.champion.later.score.by_threshold}
        if evaluation.champion
        else {}
    )
    rows = [
        (f"{point.threshold:g}", *_covered(point), *_covered(champion.get(point.threshold)))
        for point in model.later.score.by_threshold
    ]
    head = ("confidence at least", "rows", "accuracy", "champion: rows", "champion: accuracy")
    return markdown_table(head, rows, numbers=range(5))


def _covered(point: CoveragePoint | None) -> tuple[str, str]:
    if point is None:
        return "", ""
    return f"{point.share:.1%}", "" if point.accuracy is None else f"{point.accuracy:.3f}"


def lineage(evaluation: Evaluation, plan: ExperimentPlan, model: ModelEvaluation) -> str:
    data = plan.data
    commit = (
        f"`{data.git_commit[:SHORT]}`{' with local changes' if data.git_is_dirty else ''}" if data.git_commit else ""
    )
    rows = [
        ("statements", f"`{data.statements_sha256[:SHORT]}`"),
        ("in DVC", f"`{data.dvc}`" if data.dvc else "not under DVC"),
        ("reference data", f"`{data.reference_sha256[:SHORT]}`"),
        ("features", f"`{plan.features_digest[:SHORT]}`"),
        ("task", plan.task),
        ("commit", commit or "not in git"),
        ("split", str(plan.split)),
        ("training rows", f"{evaluation.rows_train:,}"),
        ("MLflow run", f"`{plan.parent_run_id}`"),
        (f"bundle of {model.name}", f"`{model.sha256[:SHORT]}`"),
    ]
    return markdown_table(("what", "version"), rows)
