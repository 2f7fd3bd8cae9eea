"""params.yaml becomes candidates: the same ones each time, with one value for each parameter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.errors import InputInvalidError
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.candidates import expand
from tests.unit.experiment.training.candidate_params import params, refusal


def tried(*specs: CandidateSpec) -> list[dict[str, Any]]:
    return [spec.parameters for spec in specs]


def test_lists_expand_to_every_combination_with_every_preprocessing() -> None:
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


def test_sampled_combinations_are_distinct() -> None:
    some = {"parameters": {"n_estimators": [5, 6, 7], "min_samples_leaf": [1, 2, 3]}, "samples": 4}
    combinations = tried(*expand(params(trees=some)))

    assert len(combinations) == 4
    assert len({tuple(each.items()) for each in combinations}) == 4
    assert len(expand(params(trees=some | {"samples": 100}))) == 9


ranges = st.tuples(st.floats(0.001, 1), st.floats(0.01, 9)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(ranges, st.sampled_from(["linear", "log"]), st.integers(1, 8), st.integers(0, 2**31))
def test_draws_lie_in_the_range_and_repeat_with_the_seed(
    bounds: tuple[float, float], scale: str, samples: int, seed: int
) -> None:
    bounded = {"low": bounds[0], "high": bounds[1], "scale": scale}
    one = params(seed, linear={"family": "logistic_regression", "parameters": {"C": bounded}, "samples": samples})

    specs = expand(one)

    assert expand(one) == specs
    assert 1 <= len(specs) <= samples
    for spec in specs:
        value = spec.parameters["C"]
        assert isinstance(value, float)
        assert bounds[0] * 0.99999 <= value <= bounds[1] * 1.00001
        assert value == float(f"{value:.6g}")


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_integer_range_draws_integers_and_both_ends(scale: str) -> None:
    integers = {"low": 2, "high": 4, "scale": scale, "is_integer": True}
    choices = tried(*expand(params(trees={"parameters": {"min_samples_leaf": integers}, "samples": 40})))

    assert {each["min_samples_leaf"] for each in choices} == {2, 3, 4}
    assert all(type(each["min_samples_leaf"]) is int for each in choices)


def test_draws_depend_on_seed_and_name_but_not_on_other_candidates() -> None:
    drawn = {"parameters": {"max_features": {"low": 0.1, "high": 0.9}}, "samples": 3}
    alone = expand(params(trees=drawn))

    assert expand(params(first={}, trees=drawn, zebra=drawn))[1:4] == alone
    assert tried(*expand(params(2, trees=drawn))) != tried(*alone)
    assert tried(*expand(params(zebra=drawn))) != tried(*alone)


def test_quick_keeps_only_candidates_marked_as_quick() -> None:
    some = params(slow={}, fast={"is_quick": True})

    assert [spec.name for spec in expand(some, is_quick=True)] == ["fast_1"]
    assert [spec.name for spec in expand(some)] == ["slow_1", "fast_1"]
    with pytest.raises(InputInvalidError, match="no candidate is marked is_quick"):
        expand(params(slow={}), is_quick=True)


def test_chosen_candidates_are_the_same_as_among_all() -> None:
    some = params(first={}, second={"parameters": {"min_samples_leaf": [2, 3]}}, third={})

    assert expand(some, names=["second"]) == tuple(spec for spec in expand(some) if spec.name.startswith("second"))

    with pytest.raises(InputInvalidError, match=r"no candidate fourth to choose \(choose of: first, second, third\)"):
        expand(some, names=["second", "fourth"])


def test_params_without_candidates_are_refused() -> None:
    with pytest.raises(InputInvalidError, match="no candidates in params"):
        expand(params())


@pytest.mark.parametrize(
    ("candidate", "message"),
    [
        ({"parameters": {"max_features": {"low": 0.1, "high": 0.5}}}, "trees: max_features is a range"),
        ({"parameters": {"max_features": []}}, "trees: max_features is an empty list"),
    ],
)
def test_range_without_samples_and_empty_list_are_refused(candidate: dict[str, Any], message: str) -> None:
    assert message in refusal(**candidate)


def test_hidden_layers_are_written_as_lists_in_a_list() -> None:
    net = {"family": "mlp", "parameters": {"hidden_layer_sizes": [[64], [32, 16]]}}

    assert [each["hidden_layer_sizes"] for each in tried(*expand(params(net=net)))] == [(64,), (32, 16)]
