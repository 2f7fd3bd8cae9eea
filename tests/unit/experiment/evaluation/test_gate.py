"""Which candidates may become the champion: nothing is passed by chance, and nothing that is better is refused."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.gate import gate, judge, ranked
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.records import Criterion, GateResult, Verdict
from labeler.experiment.scores import Interval, ModelEvaluation
from tests.unit.experiment.judged import (
    category,
    comparison,
    criteria,
    evaluation,
    interval,
    model,
    split,
    surest,
)

AGAINST = comparison(interval(0.0, -0.01))


def verdict(candidate: ModelEvaluation, changed: dict[str, dict[str, Any]] | None = None, **of_all: Any) -> Verdict:
    return judge(evaluation(candidate, **of_all), criteria(**(changed or {}))).verdicts[0]


def criterion(found: Verdict, name: str) -> Criterion:
    return next(each for each in found.criteria if each.name == name)


def later(**changed: Any) -> ModelEvaluation:
    return model(later=split(**{"champion": AGAINST} | changed))


WORSE = {
    "accuracy above majority": later(gain=interval(0.079)),
    "accuracy above majority (low end)": later(gain=interval(0.12, 0.0)),
    "macro-F1": later(macro_f1=0.199),
    "accuracy of the surest 30%": later(by_share=surest(0.749)),
    "calibration error": later(calibration_error=0.101),
    "log loss": later(log_loss=2.01),
    "F1 of FOOD": later(categories={"FOOD": category(50, 0.399)}),
    "unseen: accuracy above majority": model(later=split(champion=AGAINST), unseen=split(interval(-0.051))),
    "accuracy against champion": later(champion=comparison(interval(-0.021), interval(0.1))),
    "accuracy against champion (high end)": later(champion=comparison(interval(-0.01, -0.019), interval(0.1))),
    "macro-F1 against champion": later(champion=comparison(interval(0.1), interval(-0.031))),
    "macro-F1 against champion (high end)": later(champion=comparison(interval(0.1), interval(-0.01, -0.019))),
    "us per row": model(later=split(champion=AGAINST), us_per_row=5.01),
}


@pytest.mark.parametrize("name", WORSE)
def test_each_criterion_alone_refuses_a_candidate(name: str) -> None:
    found = verdict(WORSE[name], champion=model("champion", version="7"), champion_note=None)

    assert [each.name for each in found.missed] == [name]
    assert (found.is_passed, found.missed[0].verdict) == (False, "NOT MET")
    assert judge(evaluation(WORSE[name]), criteria()).winner is None


def test_every_criterion_is_tested() -> None:
    found = verdict(later())

    assert [each.name for each in found.criteria] == list(WORSE)
    assert {each.verdict for each in found.criteria} == {"met"}


def test_a_bound_itself_is_met() -> None:
    exact = model(
        later=split(
            interval(0.08, 0.001),
            comparison(interval(-0.02, -0.04), interval(-0.03, -0.06)),
            macro_f1=0.2,
            by_share=surest(0.75),
            calibration_error=0.1,
            log_loss=2.0,
            categories={"FOOD": category(50, 0.4)},
        ),
        unseen=split(interval(-0.05)),
        us_per_row=5.0,
    )

    assert verdict(exact).is_passed


STEPS = [-0.2, -0.05, -0.02, 0.0, 0.05, 0.1, 0.4]
FIGURES = (
    "gain", "low", "macro_f1", "surest", "calibration", "log_loss", "f1", "unseen", "against", "against_f1", "speed"
)  # fmt: skip
step = st.sampled_from(STEPS)
lift = st.sampled_from([0.0, 0.0, 0.03, 0.2])


def candidate(figures: dict[str, float], name: str = "trees_1") -> ModelEvaluation:
    """Each figure: higher is better."""
    against = comparison(interval(figures["against"]), interval(figures["against_f1"]))
    food = category(100, max(0.0, 0.4 + figures["f1"]))
    made = split(
        interval(figures["gain"], figures["low"]),
        against,
        macro_f1=max(0.0, 0.2 + figures["macro_f1"]),
        by_share=surest(0.75 + figures["surest"]),
        calibration_error=max(0.0, 0.1 - figures["calibration"]),
        log_loss=2 - figures["log_loss"],
        categories={"FOOD": food},
    )
    unseen = split(interval(figures["unseen"]))
    return model(name, later=made, unseen=unseen, us_per_row=max(0.1, 5 - 10 * figures["speed"]))


figures = st.fixed_dictionaries(dict.fromkeys(FIGURES, step))


@given(figures, st.fixed_dictionaries(dict.fromkeys(FIGURES, lift)))
def test_whatever_gets_better_no_criterion_that_was_met_is_missed(
    before: dict[str, float], gains: dict[str, float]
) -> None:
    after = {name: value + gains[name] for name, value in before.items()}
    first, second = verdict(candidate(before)), verdict(candidate(after))

    assert {each.name for each in first.criteria if each.is_met} <= {
        each.name for each in second.criteria if each.is_met
    }
    assert second.is_passed or not first.is_passed


@given(st.lists(figures, min_size=1, max_size=5))
def test_whoever_wins_passes_and_is_the_best_of_those_that_pass(several: list[dict[str, float]]) -> None:
    models = [candidate(each, f"trees_{number}") for number, each in enumerate(several)]
    found = judge(evaluation(*models), criteria())
    passing = [one for one, each in zip(models, found.verdicts, strict=True) if each.is_passed]

    assert [each.candidate for each in found.verdicts] == [one.name for one in models]
    if not passing:
        assert found.winner is None
        return
    winner = next(one for one in passing if one.name == found.winner)
    assert winner.later.score.macro_f1 == max(one.later.score.macro_f1 for one in passing)


def test_the_best_is_told_by_macro_f1_then_accuracy_then_speed_then_name() -> None:
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
        assert judge(evaluation(*models), criteria()).winner == "e"


def test_a_better_one_that_fails_does_not_stand_in_the_way() -> None:
    slow = model("slow_1", later=split(macro_f1=0.9), us_per_row=99)

    assert judge(evaluation(slow, model("trees_1")), criteria()).winner == "trees_1"


@pytest.mark.parametrize(("categories", "rows"), [({"FOOD": category(49, 0.0)}, 49), ({"BAR": category()}, 0)])
def test_a_category_with_too_few_rows_is_not_judged_and_not_called_met(categories: Any, rows: int) -> None:
    found = criterion(verdict(model(later=split(categories=categories))), "F1 of FOOD")

    assert (found.verdict, found.value, found.bound, found.is_met) == ("not judged", None, 0.4, True)
    assert found.note == f"too few rows: {rows} of 50"


def test_without_a_champion_there_is_nothing_to_lose_against() -> None:
    found = verdict(model(), champion_note="champion transactions version 3 was trained on features 123")
    none = verdict(model(), champion_note=None)

    for name in ("accuracy", "accuracy against champion (high end)", "macro-F1"):
        one = criterion(found, name if "against" in name else f"{name} against champion")
        assert (one.verdict, one.note) == ("not judged", "champion transactions version 3 was trained on features 123")
        assert criterion(none, one.name).note == "no champion yet"
    assert found.is_passed


@pytest.mark.parametrize(
    ("accuracy", "macro_f1", "is_passed"),
    [
        (interval(0.012, -0.026), interval(0.056, 0.012), True),  # clearly better on one, in doubt on the other
        (interval(0.008, -0.016), interval(-0.004, -0.034), True),  # as good, as far as few accounts can tell
        (interval(-0.015, -0.025), interval(0.02, -0.01), False),  # surely a little worse
        (interval(-0.05, -0.2), interval(0.0), False),  # in doubt, and far below by the best guess
    ],
)
def test_few_accounts_neither_refuse_what_is_as_good_nor_pass_what_is_worse(
    accuracy: Interval, macro_f1: Interval, is_passed: bool
) -> None:
    found = verdict(later(champion=comparison(accuracy, macro_f1)), champion=model("champion", version="7"))
    assert found.is_passed == is_passed


def test_a_doubt_about_the_champion_is_told_beside_the_comparison() -> None:
    one = criterion(verdict(later(), champion_note="it may have seen these rows"), "accuracy against champion")

    assert (one.verdict, one.bound, one.note) == ("met", -0.02, "it may have seen these rows")


def test_no_unseen_account_refuses_since_nothing_is_known_of_new_accounts() -> None:
    found = verdict(model(unseen=None))

    assert [each.name for each in found.missed] == ["unseen: accuracy above majority"]
    assert "split.unseen_share" in found.missed[0].note


def test_a_share_that_was_not_measured_refuses_and_says_where_to_add_it() -> None:
    found = verdict(model(later=split(by_share=surest(0.99, share=0.25))))

    assert [each.name for each in found.missed] == ["accuracy of the surest 30%"]
    assert (found.missed[0].value, found.missed[0].note) == (
        None,
        "add 0.3 to evaluation.coverage_shares in params.yaml",
    )


def test_a_model_that_the_deadline_leaves_no_time_for_is_refused() -> None:
    found = verdict(model(us_per_row=4.5), {"speed": {"max_workers": 1, "other_us_per_file": 100}})
    assert [(each.name, each.note) for each in found.missed] == [("us per row", "the deadline leaves 4 us")]


def test_when_even_a_free_model_would_be_late_no_model_passes() -> None:
    found = verdict(model(us_per_row=0.0), {"speed": {"max_workers": 1, "other_us_per_file": 600}})

    assert [each.name for each in found.missed] == ["us per row"]
    assert "even a free model would be late" in found.missed[0].note


def test_the_verdict_is_left_for_the_next_steps(tmp_path: Any) -> None:
    files = ExperimentFiles(tmp_path)
    write_record(files.evaluation, evaluation(model("trees_1"), model("trees_2", us_per_row=99)))

    found = gate(files, criteria())

    assert (found.winner, [each.is_passed for each in found.verdicts]) == ("trees_1", [True, False])
    assert read_record(GateResult, files.verdict, step="gate") == found
    with pytest.raises(InputInvalidError, match="labeler experiment evaluate"):
        gate(ExperimentFiles(tmp_path / "nothing"), criteria())
