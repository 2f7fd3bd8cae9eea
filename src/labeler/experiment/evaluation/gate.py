"""Which candidates may become the champion: a pure function of the evaluation and the criteria.

The winner is the best (`ranking`) of the candidates that pass.
"""

from collections.abc import Iterator

from labeler.experiment.evaluation.criteria import Criteria, LaterCriteria, SpeedCriteria
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.scores import Comparison, Evaluation, ModelEvaluation, Score, SplitScore
from labeler.experiment.verdicts import Criterion, GateResult, GateVerdict


def gate(files: ExperimentFiles, criteria: Criteria) -> GateResult:
    """Writes the verdict. Raises InputInvalidError when nothing was evaluated."""
    result = apply_criteria(read_record(Evaluation, files.evaluation, step="evaluate"), criteria)
    write_record(files.verdict, result)
    return result


def apply_criteria(evaluation: Evaluation, criteria: Criteria) -> GateResult:
    verdicts = tuple(
        GateVerdict(candidate=candidate.name, criteria=tuple(_criteria(candidate, evaluation, criteria)))
        for candidate in evaluation.candidates
    )
    passed = {verdict.candidate for verdict in verdicts if verdict.is_passed}
    winner = next((candidate.name for candidate in ranked(evaluation) if candidate.name in passed), None)
    return GateResult(experiment_id=evaluation.experiment_id, verdicts=verdicts, winner=winner)


def _criteria(candidate: ModelEvaluation, evaluation: Evaluation, criteria: Criteria) -> Iterator[Criterion]:
    yield from _later(candidate.later, criteria.later)
    yield from _categories(candidate.later.score, criteria.later)
    yield _unseen(candidate.unseen, criteria.unseen.min_accuracy_above_majority)
    yield from _champion(candidate.later.against_champion, evaluation, criteria)
    yield _speed(candidate.us_per_row, criteria.speed)


def _later(later: SplitScore, floors: LaterCriteria) -> Iterator[Criterion]:
    gain, most_confident = later.against_majority.accuracy, floors.min_accuracy_of_surest
    yield _at_least("accuracy above majority", gain.difference, floors.min_accuracy_above_majority)
    yield Criterion(name="accuracy above majority (low end)", value=gain.low, bound=0.0, sense=">", is_met=gain.low > 0)
    yield _at_least("macro-F1", later.score.macro_f1, floors.min_macro_f1)
    name = f"accuracy of the surest {most_confident.share:.0%}"
    accuracy = next((point.accuracy for point in later.score.by_share if point.share == most_confident.share), None)
    if accuracy is None:
        note = f"add {most_confident.share:g} to evaluation.coverage_shares in params.yaml"
        yield Criterion(name=name, value=None, bound=most_confident.accuracy, sense=">=", is_met=False, note=note)
    else:
        yield _at_least(name, accuracy, most_confident.accuracy)
    yield _at_most("calibration error", later.score.calibration_error, floors.max_calibration_error)
    yield _at_most("log loss", later.score.log_loss, floors.max_log_loss)


def _categories(score: Score, floors: LaterCriteria) -> Iterator[Criterion]:
    """A category with too few rows has no F1 worth the name: it can't refuse a model, and is never called met."""
    for category, bound in floors.min_category_f1.items():
        category_score = score.categories.get(category)
        rows = category_score.rows if category_score else 0
        if category_score and rows >= floors.min_category_rows:
            yield _at_least(f"F1 of {category}", category_score.f1, bound)
        else:
            note = f"too few rows: {rows} of {floors.min_category_rows}"
            yield Criterion(name=f"F1 of {category}", value=None, bound=bound, sense=">=", is_met=True, note=note)


def _unseen(unseen: SplitScore | None, bound: float) -> Criterion:
    name = "unseen: accuracy above majority"
    if unseen is None:
        note = "no account was held out: raise split.unseen_share in params.yaml, or give more accounts"
        return Criterion(name=name, value=None, bound=bound, sense=">=", is_met=False, note=note)
    return _at_least(name, unseen.against_majority.accuracy.difference, bound)


def _champion(against: Comparison | None, evaluation: Evaluation, criteria: Criteria) -> Iterator[Criterion]:
    """Not shown to be worse, and not far below by the best guess either.

    To ask for the interval's low end would refuse, on few accounts, everything but the champion's own twin.
    """
    note = evaluation.champion_note or ""
    for name, interval, loss in (
        ("accuracy", against.accuracy if against else None, criteria.champion.max_accuracy_loss),
        ("macro-F1", against.macro_f1 if against else None, criteria.champion.max_macro_f1_loss),
    ):
        title = f"{name} against champion"
        for end, value, bound in (
            ("", interval.difference if interval else None, -loss),
            (" (high end)", interval.high if interval else None, 0.0),
        ):
            if value is None:
                why = note or "no champion yet"
                yield Criterion(name=title + end, value=None, bound=bound, sense=">=", is_met=True, note=why)
            else:
                yield _at_least(title + end, value, bound, note=note)


def _speed(us_per_row: float, speed: SpeedCriteria) -> Criterion:
    available = speed.available_us_per_row
    if available <= 0:
        note = "even a free model would be late: more workers, more time, or less other work for each file"
    else:
        note = f"the deadline leaves {available:,.4g} us"
    return _at_most("us per row", us_per_row, speed.budget_us_per_row, note=note)


def _at_least(name: str, value: float, bound: float, *, note: str = "") -> Criterion:
    return Criterion(name=name, value=value, bound=bound, sense=">=", is_met=value >= bound, note=note)


def _at_most(name: str, value: float, bound: float, *, note: str = "") -> Criterion:
    return Criterion(name=name, value=value, bound=bound, sense="<=", is_met=value <= bound, note=note)
