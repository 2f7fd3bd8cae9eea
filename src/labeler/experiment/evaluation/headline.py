"""The few figures of each model that git keeps and `dvc metrics diff` compares between commits."""

from labeler.experiment.scores import Evaluation, ModelEvaluation, Record, Score

DIGITS = 6


class Headline(Record):
    later_accuracy: float
    later_macro_f1: float
    later_log_loss: float
    unseen_accuracy: float | None
    us_per_row: float | None = None


class Headlines(Record):
    majority: Headline
    champion: Headline | None
    candidates: dict[str, Headline]


def headlines(evaluation: Evaluation) -> Headlines:
    champion = evaluation.champion
    return Headlines(
        majority=_headline(evaluation.majority_later, evaluation.majority_unseen),
        champion=_of_model(champion) if champion else None,
        candidates={model.name: _of_model(model) for model in evaluation.candidates},
    )


def _of_model(model: ModelEvaluation) -> Headline:
    return _headline(model.later.score, model.unseen.score if model.unseen else None, model.us_per_row)


def _headline(later: Score, unseen: Score | None, us_per_row: float | None = None) -> Headline:
    return Headline(
        later_accuracy=round(later.accuracy, DIGITS),
        later_macro_f1=round(later.macro_f1, DIGITS),
        later_log_loss=round(later.log_loss, DIGITS),
        unseen_accuracy=None if unseen is None else round(unseen.accuracy, DIGITS),
        us_per_row=None if us_per_row is None else round(us_per_row, 2),
    )
