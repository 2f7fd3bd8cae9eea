"""Which candidates may become the champion: nothing is passed by chance, and nothing that is better is refused."""

from typing import Any

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.evaluation.gate import apply_criteria, gate
from labeler.experiment.files import ExperimentFiles, read_record, write_record
from labeler.experiment.scores import Interval, ModelEvaluation
from labeler.experiment.verdicts import Criterion, GateResult, GateVerdict
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

AGAINST = comparison(interval(0.0, -0.01))


def verdict_of(
    candidate: ModelEvaluation, changed: dict[str, dict[str, Any]] | None = None, **of_all: Any
) -> GateVerdict:
    return apply_criteria(evaluation(candidate, **of_all), criteria(**(changed or {}))).verdicts[0]


def criterion(verdict: GateVerdict, name: str) -> Criterion:
    return next(each for each in verdict.criteria if each.name == name)


def later(**changed: Any) -> ModelEvaluation:
    return model(later=split(**{"champion": AGAINST} | changed))


WORSE = {
    "accuracy above majority": later(gain=interval(0.079)),
    "accuracy above majority (low end)": later(gain=interval(0.12, 0.0)),
    "macro-F1": later(macro_f1=0.199),
    "accuracy of the surest 30%": later(by_share=most_confident(0.749)),
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
def test_missing_a_single_criterion_refuses_a_candidate(name: str) -> None:
    verdict = verdict_of(WORSE[name], champion=model("champion", version="7"), champion_note=None)

    assert [each.name for each in verdict.missed] == [name]
    assert (verdict.is_passed, verdict.missed[0].verdict) == (False, "NOT MET")
    assert apply_criteria(evaluation(WORSE[name]), criteria()).winner is None


def test_the_cases_of_this_file_cover_every_criterion() -> None:
    verdict = verdict_of(later())

    assert [each.name for each in verdict.criteria] == list(WORSE)
    assert {each.verdict for each in verdict.criteria} == {"met"}


def test_a_value_equal_to_its_bound_meets_the_criterion() -> None:
    exact = model(
        later=split(
            interval(0.08, 0.001),
            comparison(interval(-0.02, -0.04), interval(-0.03, -0.06)),
            macro_f1=0.2,
            by_share=most_confident(0.75),
            calibration_error=0.1,
            log_loss=2.0,
            categories={"FOOD": category(50, 0.4)},
        ),
        unseen=split(interval(-0.05)),
        us_per_row=5.0,
    )

    assert verdict_of(exact).is_passed


@pytest.mark.parametrize(("categories", "rows"), [({"FOOD": category(49, 0.0)}, 49), ({"BAR": category()}, 0)])
def test_a_category_with_too_few_rows_is_not_evaluated_rather_than_met(categories: Any, rows: int) -> None:
    food = criterion(verdict_of(model(later=split(categories=categories))), "F1 of FOOD")

    assert (food.verdict, food.value, food.bound, food.is_met) == ("not evaluated", None, 0.4, True)
    assert food.note == f"too few rows: {rows} of 50"


def test_without_a_champion_its_criteria_are_not_evaluated_and_the_candidate_passes() -> None:
    verdict = verdict_of(model(), champion_note="champion transactions version 3 was trained on features 123")
    none = verdict_of(model(), champion_note=None)

    for name in ("accuracy", "accuracy against champion (high end)", "macro-F1"):
        one = criterion(verdict, name if "against" in name else f"{name} against champion")
        assert (one.verdict, one.note) == (
            "not evaluated",
            "champion transactions version 3 was trained on features 123",
        )
        assert criterion(none, one.name).note == "no champion yet"
    assert verdict.is_passed


@pytest.mark.parametrize(
    ("accuracy", "macro_f1", "is_passed"),
    [
        (interval(0.012, -0.026), interval(0.056, 0.012), True),  # clearly better on one, in doubt on the other
        (interval(0.008, -0.016), interval(-0.004, -0.034), True),  # as good, as far as few accounts can tell
        (interval(-0.015, -0.025), interval(0.02, -0.01), False),  # surely a little worse
        (interval(-0.05, -0.2), interval(0.0), False),  # in doubt, and far below by the best guess
    ],
)
def test_on_few_accounts_an_equal_candidate_passes_and_a_worse_one_is_refused(
    accuracy: Interval, macro_f1: Interval, is_passed: bool
) -> None:
    verdict = verdict_of(later(champion=comparison(accuracy, macro_f1)), champion=model("champion", version="7"))
    assert verdict.is_passed == is_passed


def test_a_note_on_the_champion_is_shown_with_the_comparison() -> None:
    one = criterion(verdict_of(later(), champion_note="it may have seen these rows"), "accuracy against champion")

    assert (one.verdict, one.bound, one.note) == ("met", -0.02, "it may have seen these rows")


def test_a_candidate_without_unseen_accounts_is_refused() -> None:
    verdict = verdict_of(model(unseen=None))

    assert [each.name for each in verdict.missed] == ["unseen: accuracy above majority"]
    assert "split.unseen_share" in verdict.missed[0].note


def test_an_unmeasured_share_is_refused_with_the_parameter_to_change() -> None:
    verdict = verdict_of(model(later=split(by_share=most_confident(0.99, share=0.25))))

    assert [each.name for each in verdict.missed] == ["accuracy of the surest 30%"]
    assert (verdict.missed[0].value, verdict.missed[0].note) == (
        None,
        "add 0.3 to evaluation.coverage_shares in params.yaml",
    )


def test_a_model_too_slow_for_the_deadline_is_refused() -> None:
    verdict = verdict_of(model(us_per_row=4.5), {"speed": {"max_workers": 1, "other_us_per_file": 100}})
    assert [(each.name, each.note) for each in verdict.missed] == [("us per row", "the deadline leaves 4 us")]


def test_no_model_passes_when_the_deadline_leaves_no_time_for_predictions() -> None:
    verdict = verdict_of(model(us_per_row=0.0), {"speed": {"max_workers": 1, "other_us_per_file": 600}})

    assert [each.name for each in verdict.missed] == ["us per row"]
    assert "even a free model would be late" in verdict.missed[0].note


def test_gate_writes_the_verdict_for_the_next_steps(tmp_path: Any) -> None:
    files = ExperimentFiles(tmp_path)
    write_record(files.evaluation, evaluation(model("trees_1"), model("trees_2", us_per_row=99)))

    result = gate(files, criteria())

    assert (result.winner, [each.is_passed for each in result.verdicts]) == ("trees_1", [True, False])
    assert read_record(GateResult, files.verdict, step="gate") == result
    with pytest.raises(InputInvalidError, match="labeler experiment evaluate"):
        gate(ExperimentFiles(tmp_path / "nothing"), criteria())
