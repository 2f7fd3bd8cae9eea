"""Candidates become scikit-learn classifiers; parameters that can't be trained are refused by name."""

from typing import Any

import pytest

from labeler.experiment.training.candidates import expand
from labeler.experiment.training.estimators import ESTIMATORS, classifier_of, use_threads
from tests.unit.experiment.training.candidate_params import params, refusal


def test_unknown_parameter_is_refused_with_the_known_ones() -> None:
    message = refusal(parameters={"n_estimator": 5})

    assert "candidate trees_1: extra_trees has no n_estimator" in message
    assert "n_estimators" in message
    assert "random_state" not in message.partition("take one of")[2]


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
def test_invalid_value_is_refused_by_candidate_and_parameter(
    family: str, parameters: dict[str, Any], named: str
) -> None:
    message = refusal(family=family, parameters=parameters)

    assert "candidate trees_1: " in message
    assert named in message
    assert "params.yaml" in message


def test_unknown_estimator_is_refused_with_the_known_ones() -> None:
    message = refusal(family="deep_thought")

    assert "no family deep_thought" in message
    assert all(family in message for family in ESTIMATORS)


@pytest.mark.parametrize("family", ESTIMATORS)
def test_every_estimator_gets_the_seed_and_one_thread(family: str) -> None:
    (spec,) = expand(params(7, some={"family": family}))
    classifier = classifier_of(spec)

    assert classifier.random_state == 7
    assert hasattr(classifier, "predict_proba")
    assert getattr(classifier, "n_jobs", None) in (None, 1)


def test_only_estimators_whose_fit_is_independent_of_threads_use_them() -> None:
    from sklearn.pipeline import Pipeline

    for family, threads in (("extra_trees", 3), ("random_forest", 3), ("logistic_regression", None)):
        (spec,) = expand(params(some={"family": family}))
        pipeline = Pipeline([("classify", classifier_of(spec))])
        use_threads(pipeline, family, 3)
        assert pipeline.named_steps["classify"].n_jobs == threads
