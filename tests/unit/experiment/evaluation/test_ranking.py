"""Which candidate is better than which."""

from labeler.experiment.evaluation.gate import apply_criteria
from labeler.experiment.evaluation.ranking import ranked
from labeler.experiment.scores import ModelEvaluation
from tests.unit.experiment.evaluation_examples import criteria, evaluation, model, split


def test_candidates_are_ranked_by_macro_f1_then_accuracy_then_speed_then_name() -> None:
    def of(name: str, macro_f1: float, accuracy: float, us_per_row: float) -> ModelEvaluation:
        return model(name, later=split(macro_f1=macro_f1, accuracy=accuracy), us_per_row=us_per_row)

    order = [
        of("e", 0.4, 0.3, 4),
        of("d", 0.3, 0.5, 4),
        of("c", 0.3, 0.4, 1),
        of("a", 0.3, 0.4, 2),
        of("b", 0.3, 0.4, 2),
    ]

    for models in (order, order[::-1]):
        assert [one.name for one in ranked(evaluation(*models))] == ["e", "d", "c", "a", "b"]
        assert apply_criteria(evaluation(*models), criteria()).winner == "e"
