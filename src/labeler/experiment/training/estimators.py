"""The estimators that a candidate can be: which scikit-learn classifier, and what its parameters may be.

Fixed parameters are not up to an experiment: seeds make a repetition give the same model, one thread keeps a worker
on its own core, and what is left out could not be loaded by a worker (see models.bundle.TRUSTED_TYPES).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from labeler.errors import InputInvalidError
from labeler.experiment.records import CandidateSpec

SEED = "random_state"
NOT_TUNABLE = frozenset({SEED, "n_jobs", "verbose", "warm_start"})
"""Parameters that no experiment chooses."""


@dataclass(frozen=True, slots=True)
class Estimator:
    """A scikit-learn class, and what an experiment may not choose."""

    module: str
    name: str
    fixed: Mapping[str, Any] = field(default_factory=dict)
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Of scikit-learn's values for a parameter, those whose models a worker loads."""
    is_threaded: bool = False
    """Fits with `n_jobs` threads, and gives the same model whatever their number."""

    def load(self) -> Any:
        """The class itself."""
        return getattr(import_module(self.module), self.name)


ESTIMATORS: Mapping[str, Estimator] = {
    "logistic_regression": Estimator("sklearn.linear_model", "LogisticRegression"),
    "extra_trees": Estimator("sklearn.ensemble", "ExtraTreesClassifier", is_threaded=True),
    "random_forest": Estimator("sklearn.ensemble", "RandomForestClassifier", is_threaded=True),
    "hist_gradient_boosting": Estimator(
        "sklearn.ensemble",
        "HistGradientBoostingClassifier",
        # the first stops by rows held back at random, which mixes an account's earlier and later ones; the second keeps
        # a function in the model, which no worker would load
        fixed={"early_stopping": False, "categorical_features": None},
    ),
    "mlp": Estimator(
        "sklearn.neural_network",
        "MLPClassifier",
        fixed={"early_stopping": False},
        allowed={"solver": ("adam", "lbfgs")},
    ),
}


def classifier_of(spec: CandidateSpec) -> Any:
    """An unfitted scikit-learn classifier with `predict_proba`.

    Raises InputInvalidError that names the candidate and the parameter which is unknown, fixed or out of its bounds.
    """
    estimator = ESTIMATORS.get(spec.family)
    if estimator is None:
        raise _invalid(spec, f"there is no family {spec.family}", f"take one of {', '.join(ESTIMATORS)}")
    estimator_class = estimator.load()
    known = estimator_class().get_params(deep=False).keys()
    closed = NOT_TUNABLE | estimator.fixed.keys()
    for name, value in spec.parameters.items():
        if name in closed:
            raise _invalid(spec, f"{name} is not for an experiment to choose", f"leave {name} out")
        if name not in known:
            raise _invalid(spec, f"{spec.family} has no {name}", f"take one of {', '.join(sorted(known - closed))}")
        if value not in estimator.allowed.get(name, (value,)):
            raise _invalid(spec, f"{name} can't be {value}", f"take one of {', '.join(estimator.allowed[name])}")
    classifier = estimator_class(**{**spec.parameters, **estimator.fixed, SEED: spec.seed})
    _require_valid(classifier, spec)
    return classifier


def use_threads(pipeline: Any, estimator: str, threads: int) -> None:
    """From now on, in fitting and in predicting; only where it changes nothing but the time."""
    if ESTIMATORS[estimator].is_threaded:
        pipeline.set_params(classify__n_jobs=threads)


def _require_valid(classifier: Any, spec: CandidateSpec) -> None:
    """scikit-learn checks the bounds of its parameters only when it fits."""
    from sklearn.utils._param_validation import InvalidParameterError

    try:
        classifier._validate_params()  # noqa: SLF001 - there is no public way without fitting
    except InvalidParameterError as error:
        raise _invalid(spec, str(error)) from error


def _invalid(spec: CandidateSpec, fault: str, hint: str = "correct it") -> InputInvalidError:
    return InputInvalidError(f"candidate {spec.name}: {fault}", hint=f"{hint} in params.yaml")
