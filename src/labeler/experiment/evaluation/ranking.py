"""The order of candidates: macro-F1 on later rows; equals are told apart by accuracy, then by speed, then by name.

Speed needs no more weight: it has a budget, and whoever keeps it is in time.
"""

from labeler.experiment.scores import Evaluation, ModelEvaluation


def ranked(evaluation: Evaluation) -> list[ModelEvaluation]:
    """The candidates, best first, whether they pass or not."""

    def rank(candidate: ModelEvaluation) -> tuple[float, float, float, str]:
        later = candidate.later.score
        return -later.macro_f1, -later.accuracy, candidate.us_per_row, candidate.name

    return sorted(evaluation.candidates, key=rank)
