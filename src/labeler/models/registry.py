"""MLflow's registry: the champion is resolved once per run and staged to S3; workers never call the registry."""

import hashlib
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.errors import (
    ChampionMissingError,
    ContractMismatchError,
    DigestMismatchError,
    PermanentError,
    ServiceUnavailableError,
)
from labeler.messages import ModelPin
from labeler.models.bundle import pack
from labeler.storage import Bucket

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
EXPERIMENT = "labeler"
# What a version says of itself.
FEATURES_DIGEST_TAG = "labeler.features_digest"
TASK_TAG = "labeler.task"
SPLIT_TAG = "labeler.split"
EXPERIMENT_TAG = "labeler.experiment"
CANDIDATE_TAG = "labeler.candidate"
SHA256_TAG = "labeler.sha256"
DATA_TAG = "labeler.data"
VERDICT_TAG = "labeler.verdict"
PASSED, FAILED = "passed", "failed"
METRIC_TAG = "labeler.metric."
"""In front of a metric's name."""
RETRYABLE_CODES = frozenset(
    {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED", "DEADLINE_EXCEEDED"}
)


def connect(registry_uri: str) -> "MlflowClient":
    from mlflow import environment_variables as known
    from mlflow.tracking import MlflowClient

    # MLflow would try for four minutes: a run has thirty, and whoever starts it tries again
    for variable, value in ((known.MLFLOW_HTTP_REQUEST_MAX_RETRIES, 2), (known.MLFLOW_HTTP_REQUEST_TIMEOUT, 20)):
        if not variable.is_set():
            variable.set(value)
    # it would print addresses of a server's pages between the answers of our commands, and bars into the logs
    known.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    known.MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    return MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)


def artifact_location(registry_uri: str) -> str | None:
    """Where a laptop's SQLite registry keeps artifacts: beside its file. A server decides for itself (None)."""
    prefix = "sqlite:///"
    if not registry_uri.startswith(prefix):
        return None
    return (Path(registry_uri.removeprefix(prefix)).resolve().parent / "mlartifacts").as_uri()


def stage_champion(registry_uri: str, model_name: str, wanted: str | None, runs: Bucket) -> ModelPin:
    """Resolves the champion (or the `wanted` version) and puts its bytes under their own digest, once.

    Raises ChampionMissingError, ContractMismatchError (the version does not say its features), DigestMismatchError (its bytes are
    not those that were judged), ServiceUnavailableError.
    """
    with registry_errors(registry_uri, model_name, wanted):
        client = connect(registry_uri)
        found = (
            client.get_model_version(model_name, wanted)
            if wanted
            else client.get_model_version_by_alias(model_name, CHAMPION)
        )
        body = download(client, registry_uri, found)
    digest = told(found, FEATURES_DIGEST_TAG)
    sha256 = proven(found, body)
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


def told(found: Any, tag: str) -> str:
    """What a version says of itself. Raises ContractMismatchError when it does not."""
    value = found.tags.get(tag)
    if not value:
        raise ContractMismatchError(
            f"version {found.version} of {found.name} has no tag {tag}",
            hint="register models with `labeler experiment run`",
        )
    return str(value)


def proven(found: Any, body: bytes) -> str:
    """The SHA-256 of a version's bundle. Raises DigestMismatchError when its tag names another one."""
    sha256, judged = hashlib.sha256(body).hexdigest(), found.tags.get(SHA256_TAG)
    if judged and judged != sha256:
        raise DigestMismatchError(
            f"version {found.version} of {found.name} hashes to {sha256[:12]}, what was judged to {judged[:12]}",
            hint="its artifacts were changed: train and register it again, or promote another version",
        )
    return sha256


def download(client: "MlflowClient", registry_uri: str, found: Any) -> bytes:
    """A version's bundle."""
    import mlflow.artifacts

    source = client.get_model_version_download_uri(found.name, found.version)
    with tempfile.TemporaryDirectory(prefix="labeler-champion-") as directory:
        path = mlflow.artifacts.download_artifacts(artifact_uri=source, dst_path=directory, tracking_uri=registry_uri)
        return pack(Path(path))


@contextmanager
def quiet() -> Iterator[None]:
    """MLflow logs of tables, aliases and pip's version; what matters of it is in our own answer."""
    logger = logging.getLogger("mlflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def registry_errors(
    registry_uri: str, model_name: str, number: str | None = None, *, alias: str = CHAMPION
) -> Iterator[None]:
    """MLflow's errors leave this block as ours; what may be missing is version `number`, or else the alias."""
    import requests
    from mlflow.exceptions import MlflowException

    wanted = f"version {number}" if number else f"the alias {alias}"
    try:
        yield
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise ChampionMissingError(
                f"the registry {registry_uri} has no model {model_name} with {wanted}",
                hint="train and promote one: `labeler experiment run --quick --statements DIR`, `labeler model promote challenger`",
            ) from error
        if error.error_code in RETRYABLE_CODES:
            raise ServiceUnavailableError(f"asking the registry {registry_uri}: {error.error_code}") from error
        raise PermanentError(f"asking the registry {registry_uri}: {error.error_code}: {error.message}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceUnavailableError(f"asking the registry {registry_uri}: {type(error).__name__}") from error
