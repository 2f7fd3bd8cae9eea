"""MLflow's tracking: a parent run for each experiment, and a run for each candidate under it.

Only this module logs. What is written: parameters, metrics, the fitted pipeline with its signature, what was learnt
from, the environment; never a row, since the input example is made of column quantiles.
"""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from labeler.errors import InputInvalidError, PermanentError, ServiceUnavailableError
from labeler.experiment.records import DatasetInfo
from labeler.experiment.training.run_facts import environment, lineage
from labeler.models.bundle import TRUSTED_TYPES, pack
from labeler.models.registry import (
    EXPERIMENT,
    RETRYABLE_CODES,
    artifact_location,
    connect,
    quiet,
)

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

WARNINGS_TAG = "labeler.warnings"
REQUIREMENTS = ("scikit-learn", "skops", "numpy", "pandas")


def open_parent(
    registry_uri: str, *, name: str, parameters: Mapping[str, Any], tags: Mapping[str, str], info: DatasetInfo
) -> str:
    """A run that holds no model: what its candidates have in common. Its id. Raises ServiceUnavailableError."""
    with run(registry_uri, name=name, parameters=parameters, tags=tags, info=info) as run_id:
        import mlflow

        with _asking(registry_uri):
            mlflow.log_dict(environment(), "environment.json")
    return run_id


def has_run(registry_uri: str, run_id: str) -> bool:
    from mlflow.exceptions import MlflowException

    with _asking(registry_uri) as client:
        try:
            return bool(client.get_run(run_id).info.lifecycle_stage == "active")
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise


@contextmanager
def run(
    registry_uri: str,
    *,
    name: str,
    parameters: Mapping[str, Any],
    tags: Mapping[str, str],
    info: DatasetInfo,
    parent_run_id: str | None = None,
) -> Iterator[str]:
    """A run that is open in this block; an exception makes it a failed one. Its id.

    Raises ServiceUnavailableError, InputInvalidError when its parent is gone.
    """
    import mlflow

    with _asking(registry_uri) as client:
        active = mlflow.start_run(
            experiment_id=_experiment(client, registry_uri),
            run_name=name,
            parent_run_id=parent_run_id,
            tags=dict(tags),
        )
        mlflow.log_params(dict(parameters))
        mlflow.log_input(lineage(info), context="training")
    try:
        yield str(active.info.run_id)
    except BaseException:
        _end(registry_uri, "FAILED")
        raise
    _end(registry_uri, "FINISHED")


def log_metrics(registry_uri: str, metrics: Mapping[str, float], tags: Mapping[str, str] | None = None) -> None:
    """Of the open run."""
    import mlflow

    with _asking(registry_uri):
        mlflow.log_metrics(dict(metrics))
        mlflow.set_tags(dict(tags or {}))


def log_model(registry_uri: str, fitted: Any, example: np.ndarray, *, name: str, tags: Mapping[str, str]) -> str:
    """Logs a fitted classifier to the open run, in skops format. MLflow's URI of it.

    `example`: float32 (k, features), see `example_rows`; `tags` go into the model's own file.
    """
    import mlflow.sklearn

    with _asking(registry_uri):
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
    """A logged model's bundle: the same bytes that a run stages when a version of it is the champion."""
    import mlflow.artifacts

    with _asking(registry_uri), tempfile.TemporaryDirectory(prefix="labeler-model-") as directory:
        path = mlflow.artifacts.download_artifacts(
            artifact_uri=model_uri, dst_path=directory, tracking_uri=registry_uri
        )
        return pack(Path(path))


def register_model(registry_uri: str, model_name: str, model_uri: str, *, run_id: str, tags: Mapping[str, str]) -> str:
    """A logged model becomes a version of the registered one. The version's number."""
    from mlflow.exceptions import MlflowException

    with _asking(registry_uri) as client:
        try:
            client.create_registered_model(model_name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
        model_id = model_uri.removeprefix("models:/")
        found = client.create_model_version(model_name, model_uri, run_id, tags=dict(tags), model_id=model_id)
        return str(found.version)


def _end(registry_uri: str, status: str) -> None:
    import mlflow

    with _asking(registry_uri):
        mlflow.end_run(status)


def _experiment(client: "MlflowClient", registry_uri: str) -> str:
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(EXPERIMENT)
    if not found:
        try:
            return str(client.create_experiment(EXPERIMENT, artifact_location=artifact_location(registry_uri)))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            found = client.get_experiment_by_name(EXPERIMENT)  # another process was faster
    return str(found.experiment_id)


@contextmanager
def _asking(registry_uri: str) -> "Iterator[MlflowClient]":
    """MLflow speaks with this registry; its errors leave the block as ours."""
    import mlflow
    import requests
    from mlflow.exceptions import MlflowException

    try:
        with quiet():
            client = connect(registry_uri)
            mlflow.set_tracking_uri(registry_uri)
            mlflow.set_registry_uri(registry_uri)
            yield client
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            raise InputInvalidError(
                f"the registry {registry_uri} does not know this experiment (any more): {error.message}",
                hint="run `labeler experiment plan` again",
            ) from error
        if error.error_code in RETRYABLE_CODES:
            raise ServiceUnavailableError(f"logging to the registry {registry_uri}: {error.error_code}") from error
        raise PermanentError(f"logging to the registry {registry_uri}: {error.error_code}: {error.message}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceUnavailableError(f"logging to the registry {registry_uri}: {type(error).__name__}") from error
