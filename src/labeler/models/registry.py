"""MLflow's registry: the client, the names of its aliases and tags, and its errors as ours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.errors import ChampionMissingError, PermanentError, ServiceUnavailableError

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
    from mlflow import environment_variables as variables
    from mlflow.tracking import MlflowClient

    # MLflow would try for four minutes: a run has thirty, and whoever starts it tries again
    for variable, value in (
        (variables.MLFLOW_HTTP_REQUEST_MAX_RETRIES, 2),
        (variables.MLFLOW_HTTP_REQUEST_TIMEOUT, 20),
    ):
        if not variable.is_set():
            variable.set(value)
    # it would print addresses of a server's pages between the answers of our commands, and bars into the logs
    variables.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT.set(True)
    variables.MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR.set(False)
    return MlflowClient(tracking_uri=registry_uri, registry_uri=registry_uri)


def artifact_location(registry_uri: str) -> str | None:
    """Where a laptop's SQLite registry keeps artifacts: beside its file. A server decides for itself (None)."""
    prefix = "sqlite:///"
    if not registry_uri.startswith(prefix):
        return None
    return (Path(registry_uri.removeprefix(prefix)).resolve().parent / "mlartifacts").as_uri()


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

    missing = f"version {number}" if number else f"the alias {alias}"
    try:
        yield
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise ChampionMissingError(
                f"the registry {registry_uri} has no model {model_name} with {missing}",
                hint="train and promote one: `labeler experiment run --quick --statements DIR`, `labeler model promote challenger`",
            ) from error
        if error.error_code in RETRYABLE_CODES:
            raise ServiceUnavailableError(f"asking the registry {registry_uri}: {error.error_code}") from error
        raise PermanentError(f"asking the registry {registry_uri}: {error.error_code}: {error.message}") from error
    except (requests.RequestException, OSError) as error:
        raise ServiceUnavailableError(f"asking the registry {registry_uri}: {type(error).__name__}") from error
