"""A worker loads any model that params.yaml can name, and predicts as in training."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from labeler.experiment.params import Preprocessing
from labeler.experiment.records import CandidateSpec
from labeler.experiment.training.estimators import ESTIMATORS
from labeler.experiment.training.fit import fit
from labeler.experiment.training.preprocessing import pipeline
from labeler.messages import ModelPin
from labeler.models.bundle import TRUSTED_TYPES, LoadedModel, load, pack
from labeler.models.predict import predict
from tests.unit.experiment.coloured import GROUPS, LABELS, NAMES, matrix

DIGEST = "f" * 64
SMALL: dict[str, dict[str, Any]] = {
    "logistic_regression": {"max_iter": 20},
    "extra_trees": {"n_estimators": 3},
    "random_forest": {"n_estimators": 3, "oob_score": True},
    "hist_gradient_boosting": {"max_iter": 2},
    "mlp": {"hidden_layer_sizes": (4,), "max_iter": 3},
}
PREPROCESSING = {
    "as it is": Preprocessing(),
    "dropped": Preprocessing(groups={"codes": "drop", "calendar": "drop"}),
    "ordinal": Preprocessing(groups={"codes": "ordinal"}),
    "one-hot, standard": Preprocessing(groups={"codes": "one_hot", "calendar": "one_hot"}, scale="standard"),
    "target, quantile": Preprocessing(groups={"codes": "target"}, scale="quantile"),
}


def test_cases_cover_every_estimator_and_encoding() -> None:
    encodings = {encoding for each in PREPROCESSING.values() for encoding in each.groups.values()}

    assert SMALL.keys() == ESTIMATORS.keys()
    assert encodings == {"drop", "ordinal", "one_hot", "target"}


def trained(estimator: str, preprocessing: Preprocessing) -> Any:
    spec = CandidateSpec(
        name="some_1",
        family=estimator,
        preparation_name="some",
        preparation=preprocessing,
        parameters=SMALL[estimator],
        seed=3,
    )
    return fit(pipeline(spec, NAMES, GROUPS), matrix(), LABELS)[0]


def served(model: Any, directory: Path) -> LoadedModel:
    """Loaded from MLflow's directory packed as a bundle, as a worker loads it."""
    import mlflow.sklearn

    mlflow.sklearn.save_model(
        model,
        str(directory),
        serialization_format="skops",
        skops_trusted_types=sorted(TRUSTED_TYPES),
        pip_requirements=["scikit-learn"],
    )
    body = pack(directory)
    sha256 = hashlib.sha256(body).hexdigest()
    pin = ModelPin(name="m", version="1", key="models/a.tar", sha256=sha256, features_digest=DIGEST)
    return load(body, pin, features_digest=DIGEST)


@pytest.mark.parametrize("preprocessing", PREPROCESSING)
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_loaded_model_predicts_as_in_training(estimator: str, preprocessing: str, tmp_path: Path) -> None:
    fitted = trained(estimator, PREPROCESSING[preprocessing])
    rows = matrix(20, seed=9)
    rows[:3, 1] = 4000  # a code that was never seen

    model = served(fitted, tmp_path / "model")

    assert model.categories == ("BLUE", "GREEN", "RED")
    expected = fitted.predict_proba(rows)
    assert np.array_equal(model.classifier.predict_proba(rows), expected)
    predictions = predict(model, rows, block_rows=7)
    assert predictions.label.tolist() == expected.argmax(axis=1).tolist()


def test_trusted_types_are_exactly_those_that_estimators_need() -> None:
    import skops.io

    needed = {
        name
        for estimator in ESTIMATORS
        for name in skops.io.get_untrusted_types(
            data=skops.io.dumps(trained(estimator, PREPROCESSING["target, quantile"]))
        )
    }

    assert needed == TRUSTED_TYPES


def test_download_metadata_does_not_change_the_bundle(tmp_path: Path) -> None:
    (tmp_path / "MLmodel").write_text("flavors: {}")
    before = pack(tmp_path)

    (tmp_path / "registered_model_meta").write_text("model_name: m\nmodel_version: '3'\n")

    assert pack(tmp_path) == before
