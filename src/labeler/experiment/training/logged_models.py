"""Fitted models in MLflow: logged to the open run, downloaded as a bundle, registered as a version."""

import tempfile
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from labeler.experiment.training.mlflow_session import mlflow_session
from labeler.models.bundle import TRUSTED_TYPES, pack

REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas")


def log_model(registry_uri: str, fitted: Any, example: np.ndarray, *, name: str, tags: Mapping[str, str]) -> str:
    """Logs a fitted classifier to the open run, in skops format. MLflow's URI of it.

    `example`: float32 (k, features), see `example_rows`; `tags` go into the model's own file.
    """
    import mlflow.sklearn

    with mlflow_session(registry_uri):
        logged = mlflow.sklearn.log_model(
            fitted,
            name=name,
            serialization_format="skops",
            skops_trusted_types=sorted(TRUSTED_TYPES),
            signature=mlflow.models.infer_signature(example, fitted.predict_proba(example)),
            input_example=example,
            pyfunc_predict_fn="predict_proba",
            # named here because finding them out would load the model in a second process
            pip_requirements=[f"{package}=={version(package)}" for package in REQUIREMENTS],
            metadata=dict(tags),
        )
    return str(logged.model_uri)


def download_model(registry_uri: str, model_uri: str) -> bytes:
    """A logged model's bundle: the same bytes that a run uses when a version of it is the champion."""
    import mlflow.artifacts

    with mlflow_session(registry_uri), tempfile.TemporaryDirectory(prefix="labeler-model-") as directory:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=model_uri, dst_path=directory, tracking_uri=registry_uri
        )
        return pack(Path(path))


def register_model(registry_uri: str, model_name: str, model_uri: str, *, run_id: str, tags: Mapping[str, str]) -> str:
    """A logged model becomes a version of the registered one. The version's number."""
    from mlflow.exceptions import MlflowException

    with mlflow_session(registry_uri) as client:
        try:
            client.create_registered_model(model_name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        model_id = model_uri.removeprefix("models:/")
        registered = client.create_model_version(model_name, model_uri, run_id, tags=dict(tags), model_id=model_id)
        return str(registered.version)
