"""params.yaml becomes candidates: the same ones each time, and none that can't be trained."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.params import Params
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.candidates import expand
from labeler.experiment.training.estimators import FAMILIES, classifier_of, use_threads

PREPARATIONS = {"plain": {}, "bare": {"groups": {"codes": "drop"}}}


def params(seed: int = 1, **candidates: dict[str, Any]) -> Params:
    made = {name: {"family": "extra_trees", "preparation": ["plain"]} | given for name, given in candidates.items()}
    return Params.model_validate(
        {
            "validation": {"max_reject_share": 0.1},
            "split": {"later_share": 0.3, "unseen_share": 0.2, "seed": 1},
            "training": {"seed": seed, "max_rows": 1000},
            "preparations": PREPARATIONS,
            "candidates": made,
            "evaluation": {
                "coverage_shares": [0.3],
                "confidence_thresholds": [0.5],
                "bootstrap_samples": 100,
                "confidence_level": 0.95,
                "seed": 1,
            },
        }
    )


def tried(*specs: CandidateSpec) -> list[dict[str, Any]]:
    return [spec.parameters for spec in specs]


def refusal(**candidate: Any) -> str:
    with pytest.raises(InputInvalidError) as refused:
        expand(params(trees=candidate))
    return str(refused.value)


def test_every_combination_of_lists_is_tried_with_every_preparation() -> None:
    specs = expand(
        params(
            trees={
                "preparation": ["plain", "bare"],
                "parameters": {"n_estimators": [5, 7], "min_samples_leaf": [1, 2], "max_features": 0.5},
            }
        )
    )

    assert [spec.name for spec in specs] == [f"trees_{number}" for number in range(1, 9)]
    assert [spec.preparation_name for spec in specs] == ["plain"] * 4 + ["bare"] * 4
    assert specs[4].preparation.groups == {"codes": "drop"}
    assert {(p["n_estimators"], p["min_samples_leaf"]) for p in tried(*specs[:4])} == {(5, 1), (5, 2), (7, 1), (7, 2)}
    assert {p["max_features"] for p in tried(*specs)} == {0.5}
    assert tried(*specs[:4]) == tried(*specs[4:])


def test_a_sample_of_the_combinations_has_no_doubles() -> None:
    some = {"parameters": {"n_estimators": [5, 6, 7], "min_samples_leaf": [1, 2, 3]}, "samples": 4}
    found = tried(*expand(params(trees=some)))

    assert len(found) == 4
    assert len({tuple(each.items()) for each in found}) == 4
    assert len(expand(params(trees=some | {"samples": 100}))) == 9


ranges = st.tuples(st.floats(0.001, 1), st.floats(0.01, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(ranges, st.sampled_from(["linear", "log"]), st.integers(1, 8), st.integers(0, 2**31))
def test_whatever_the_range_and_the_seed_draws_lie_in_it_and_come_again(
    bounds: tuple[float, float], scale: str, samples: int, seed: int
) -> None:
    given_range = {"low": bounds[0], "high": bounds[1], "scale": scale}
    one = params(seed, linear={"family": "logistic_regression", "parameters": {"C": given_range}, "samples": samples})

    found = expand(one)

    assert expand(one) == found
    assert 1 <= len(found) <= samples
    for spec in found:
        value = spec.parameters["C"]
        assert isinstance(value, float)
        assert bounds[0] * 0.99999 <= value <= bounds[1] * 1.00001
        assert value == float(f"{value:.6g}")


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_a_whole_number_stays_one_and_both_ends_are_drawn(scale: str) -> None:
    given_range = {"low": 2, "high": 4, "scale": scale, "is_integer": True}
    found = tried(*expand(params(trees={"parameters": {"min_samples_leaf": given_range}, "samples": 40})))

    assert {each["min_samples_leaf"] for each in found} == {2, 3, 4}
    assert all(type(each["min_samples_leaf"]) is int for each in found)


def test_another_seed_draws_other_values_and_another_candidate_beside_it_changes_nothing() -> None:
    drawn = {"parameters": {"max_features": {"low": 0.1, "high": 0.9}}, "samples": 3}
    alone = expand(params(trees=drawn))

    assert expand(params(first={}, trees=drawn, zebra=drawn))[1:4] == alone
    assert tried(*expand(params(2, trees=drawn))) != tried(*alone)
    assert tried(*expand(params(zebra=drawn))) != tried(*alone)


def test_quick_tries_only_what_says_so() -> None:
    some = params(slow={}, fast={"is_quick": True})

    assert [spec.name for spec in expand(some, is_quick=True)] == ["fast_1"]
    assert [spec.name for spec in expand(some)] == ["slow_1", "fast_1"]
    with pytest.raises(InputInvalidError, match="no candidate is marked is_quick"):
        expand(params(slow={}), is_quick=True)


def test_candidates_that_are_chosen_are_the_same_as_among_others() -> None:
    some = params(first={}, second={"parameters": {"min_samples_leaf": [2, 3]}}, third={})

    assert expand(some, names=["second"]) == tuple(spec for spec in expand(some) if spec.name.startswith("second"))

    with pytest.raises(InputInvalidError, match=r"no candidate fourth to choose \(choose of: first, second, third\)"):
        expand(some, names=["second", "fourth"])


def test_no_candidates_at_all_are_not_an_experiment() -> None:
    with pytest.raises(InputInvalidError, match="no candidates in params"):
        expand(params())


def test_a_name_that_nobody_knows_is_refused_with_those_that_exist() -> None:
    said = refusal(parameters={"n_estimator": 5})

    assert "candidate trees_1: extra_trees has no n_estimator" in said
    assert "n_estimators" in said
    assert "random_state" not in said.partition("take one of")[2]


@pytest.mark.parametrize(
    ("family", "parameters", "named"),
    [
        ("extra_trees", {"n_estimators": 0}, "n_estimators"),
        ("extra_trees", {"max_features": "all"}, "max_features"),
        ("random_forest", {"class_weight": "equal"}, "class_weight"),
        ("logistic_regression", {"C": -1.0}, "C"),
        ("hist_gradient_boosting", {"learning_rate": "fast"}, "learning_rate"),
        ("mlp", {"activation": "step"}, "activation"),
        ("mlp", {"solver": "sgd"}, "solver can't be sgd"),
        ("hist_gradient_boosting", {"early_stopping": True}, "early_stopping is not for"),
        ("hist_gradient_boosting", {"categorical_features": (1,)}, "categorical_features is not for"),
        ("extra_trees", {"random_state": 3}, "random_state is not for"),
        ("random_forest", {"n_jobs": 4}, "n_jobs is not for"),
    ],
)
def test_a_value_out_of_its_bounds_is_refused_by_candidate_and_parameter(
    family: str, parameters: dict[str, Any], named: str
) -> None:
    said = refusal(family=family, parameters=parameters)

    assert "candidate trees_1: " in said
    assert named in said
    assert "params.yaml" in said


def test_a_family_that_does_not_exist_is_refused_with_those_that_do() -> None:
    said = refusal(family="deep_thought")

    assert "no family deep_thought" in said
    assert all(family in said for family in FAMILIES)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"parameters": {"max_features": {"low": 0.1, "high": 0.5}}}, "trees: max_features is a range"),
        ({"parameters": {"max_features": []}}, "trees: max_features is an empty list"),
    ],
)
def test_what_can_not_be_drawn_is_refused(given: dict[str, Any], said: str) -> None:
    assert said in refusal(**given)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_its_seed_and_one_thread(family: str) -> None:
    (spec,) = expand(params(7, some={"family": family}))
    classifier = classifier_of(spec)

    assert classifier.random_state == 7
    assert hasattr(classifier, "predict_proba")
    assert getattr(classifier, "n_jobs", None) in (None, 1)


def test_only_families_that_stay_the_same_use_threads() -> None:
    from sklearn.pipeline import Pipeline

    for family, threads in (("extra_trees", 3), ("random_forest", 3), ("logistic_regression", None)):
        (spec,) = expand(params(some={"family": family}))
        pipeline = Pipeline([("classify", classifier_of(spec))])
        use_threads(pipeline, family, 3)
        assert pipeline.named_steps["classify"].n_jobs == threads


def test_hidden_layers_are_a_list_in_a_list() -> None:
    given = {"family": "mlp", "parameters": {"hidden_layer_sizes": [[64], [32, 16]]}}

    assert [each["hidden_layer_sizes"] for each in tried(*expand(params(net=given)))] == [(64,), (32, 16)]
