"""Better figures never cost a candidate its pass, and the winner is the best of those that pass."""

from hypothesis import given
from hypothesis import strategies as st

from labeler.experiment.evaluation.gate import apply_criteria
from labeler.experiment.scores import ModelEvaluation
from tests.unit.experiment.evaluation_examples import (
    category,
    comparison,
    criteria,
    evaluation,
    interval,
    model,
    most_confident,
    split,
)

STEPS = [-0.2, -0.05, -0.02, 0.0, 0.05, 0.1, 0.4]
FIGURES = (
    "gain", "low", "macro_f1", "most_confident", "calibration", "log_loss", "f1", "unseen", "against", "against_f1", "speed"
)  # fmt: skip
step = st.sampled_from(STEPS)
lift = st.sampled_from([0.0, 0.0, 0.03, 0.2])


def candidate(figures: dict[str, float], name: str = "trees_1") -> ModelEvaluation:
    """Each figure: higher is better."""
    against = comparison(interval(figures["against"]), interval(figures["against_f1"]))
    food = category(100, max(0.0, 0.4 + figures["f1"]))
    later_score = split(
        interval(figures["gain"], figures["low"]),
        against,
        macro_f1=max(0.0, 0.2 + figures["macro_f1"]),
        by_share=most_confident(0.75 + figures["most_confident"]),
        calibration_error=max(0.0, 0.1 - figures["calibration"]),
        log_loss=2 - figures["log_loss"],
        categories={"FOOD": food},
    )
    unseen = split(interval(figures["unseen"]))
    return model(name, later=later_score, unseen=unseen, us_per_row=max(0.1, 5 - 10 * figures["speed"]))


figures = st.fixed_dictionaries(dict.fromkeys(FIGURES, step))


@given(figures, st.fixed_dictionaries(dict.fromkeys(FIGURES, lift)))
def test_improving_any_figure_never_turns_a_met_criterion_into_a_missed_one(
    before: dict[str, float], gains: dict[str, float]
) -> None:
    after = {name: value + gains[name] for name, value in before.items()}
    first, second = (
        apply_criteria(evaluation(candidate(figures)), criteria()).verdicts[0] for figures in (before, after)
    )

    assert {each.name for each in first.criteria if each.is_met} <= {
        each.name for each in second.criteria if each.is_met
    }
    assert second.is_passed or not first.is_passed


@given(st.lists(figures, min_size=1, max_size=5))
def test_the_winner_is_the_best_candidate_that_passes(several: list[dict[str, float]]) -> None:
    models = [candidate(each, f"trees_{number}") for number, each in enumerate(several)]
    result = apply_criteria(evaluation(*models), criteria())
    passing = [one for one, each in zip(models, result.verdicts, strict=True) if each.is_passed]

    assert [each.candidate for each in result.verdicts] == [one.name for one in models]
    if not passing:
        assert result.winner is None
        return
    winner = next(one for one in passing if one.name == result.winner)
    assert winner.later.score.macro_f1 == max(one.later.score.macro_f1 for one in passing)


def test_a_better_candidate_that_fails_does_not_prevent_another_from_winning() -> None:
    slow = model("slow_1", later=split(macro_f1=0.9), us_per_row=99)

    assert apply_criteria(evaluation(slow, model("trees_1")), criteria()).winner == "trees_1"
