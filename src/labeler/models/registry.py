"""MLflow's registry: the champion is resolved once per run and staged to S3; workers never call the registry."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.errors import ChampionMissing, ContractMismatch, PermanentError, ServiceUnavailable
from labeler.messages import ModelPin
from labeler.models.bundle import TRUSTED_TYPES, pack
from labeler.storage import Bucket

if TYPE_CHECKING:
    import numpy as np
    from mlflow.tracking import MlflowClient

CHAMPION = "champion"
EXPERIMENT = "labeler"
FEATURES_DIGEST_TAG = "labeler.features_digest"
TASK_TAG = "labeler.task"
RETRYABLE_CODES = frozenset(
    {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED"}
)


def connect(registry_uri: str) -> "MlflowClient":
    from mlflow.environment_variables import MLFLOW_HTTP_REQUEST_MAX_RETRIES, MLFLOW_HTTP_REQUEST_TIMEOUT
    from mlflow.tracking import MlflowClient

    # MLflow would try for four minutes: a run has thirty, and whoever starts it tries again
    for variable, value in ((MLFLOW_HTTP_REQUEST_MAX_RETRIES, 2), (MLFLOW_HTTP_REQUEST_TIMEOUT, 20)):
        if not variable.is_set():
            variable.set(value)
    return MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)


def artifact_location(registry_uri: str) -> str | None:
    """Where a laptop's SQLite registry keeps artifacts: beside its file. A server decides for itself (None)."""
    prefix = "sqlite:///"
    if not registry_uri.startswith(prefix):
        return None
    return (Path(registry_uri.removeprefix(prefix)).resolve().parent / "mlartifacts").as_uri()


def stage_champion(registry_uri: str, model_name: str, wanted: str | None, runs: Bucket) -> ModelPin:
    """Resolves the champion (or the `wanted` version) and puts its bytes under their own digest, once.

    Raises ChampionMissing, ContractMismatch (the version does not say its features), ServiceUnavailable.
    """
    with _registry_errors(registry_uri, model_name, wanted):
        client = connect(registry_uri)
        found = (
            client.get_model_version(model_name, wanted)
            if wanted
            else client.get_model_version_by_alias(model_name, CHAMPION)
        )
        body = _download(client, registry_uri, found)
    digest = found.tags.get(FEATURES_DIGEST_TAG)
    if not digest:
        raise ContractMismatch(
            f"version {found.version} of {model_name} has no tag {FEATURES_DIGEST_TAG}",
            way_out="register models with `labeler experiment run`",
        )
    sha256 = hashlib.sha256(body).hexdigest()
    key = layout.model_key(sha256)
    runs.put_once(key, body, "application/x-tar")
    return ModelPin(
        name=model_name,
        version=str(found.version),
        key=key,
        sha256=sha256,
        features_digest=digest,
        task=found.tags.get(TASK_TAG, ""),
    )


def _download(client: "MlflowClient", registry_uri: str, found: Any) -> bytes:
    import mlflow.artifacts

    source = client.get_model_version_download_uri(found.name, found.version)
    with tempfile.TemporaryDirectory(prefix="labeler-champion-") as directory:
        path = mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=directory, tracking_uri=registry_uri)
        return pack(Path(path))


def register_champion(
    classifier: Any,
    example: "np.ndarray",
    *,
    registry_uri: str,
    model_name: str,
    parameters: dict[str, Any],
    metrics: dict[str, float],
    tags: dict[str, str],
) -> str:
    """One MLflow run with parameters, metrics and the model; its version gets the champion alias.

    `example`: some rows of the matrix, for the signature. The version's number. Raises as `stage_champion`.
    """
    with _registry_errors(registry_uri, model_name, None), _quiet():
        import mlflow

        client = connect(registry_uri)
        mlflow.set_tracking_uri(registry_uri)
        mlflow.set_registry_uri(registry_uri)
        with mlflow.start_run(experiment_id=_experiment(client, registry_uri), tags=tags):
            mlflow.log_params(parameters)
            mlflow.log_metrics(metrics)
            logged = mlflow.sklearn.log_model(
                classifier,
                name="model",
                serialization_format="skops",
                skops_trusted_types=sorted(TRUSTED_TYPES),
                signature=mlflow.models.infer_signature(example, classifier.predict_proba(example)),
                pyfunc_predict_fn="predict_proba",
                # named here because finding them out would load the model in a second process
                pip_requirements=[f"{name}=={version(name)}" for name in ("scikit-learn", "skops", "numpy", "pandas")],
                metadata=tags,
            )
        registered = mlflow.register_model(logged.model_uri, model_name, tags=tags)
        client.set_registered_model_alias(model_name, CHAMPION, registered.version)
    return str(registered.version)


def _experiment(client: "MlflowClient", registry_uri: str) -> str:
    found = client.get_experiment_by_name(EXPERIMENT)
    if found:
        return str(found.experiment_id)
    return str(client.create_experiment(EXPERIMENT, artifact_location=artifact_location(registry_uri)))


@contextmanager
def _quiet() -> Iterator[None]:
    """MLflow logs of tables, aliases and pip's version; what matters of it is in our own answer."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def _registry_errors(registry_uri: str, model_name: str, number: str | None) -> Iterator[None]:
    import requests
    from mlflow.exceptions import MlflowException

    wanted = f"version {number}" if number else f"the alias {CHAMPION}"
    try:
        yield
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise ChampionMissing(
                f"the registry {registry_uri} has no model {model_name} with {wanted}",
                way_out="train one: `labeler experiment run --quick --statements DIR`",
            ) from error
        if error.error_code in RETRYABLE_CODES:
            raise ServiceUnavailable(f"asking the registry {registry_uri}: {error.error_code}") from error
        raise PermanentError(f"asking the registry {registry_uri}: {error.error_code}: {error.message}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceUnavailable(f"asking the registry {registry_uri}: {type(error).__name__}") from error
