"""MLflow set up for one registry, with its errors translated to ours."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from labeler.errors import InputInvalidError, PermanentError, ServiceUnavailableError
from labeler.models.registry import RETRYABLE_CODES, connect, quiet

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient


@contextmanager
def mlflow_session(registry_uri: str) -> "Iterator[MlflowClient]":
    """In this block MLflow uses this registry. Raises InputInvalidError (unknown run), ServiceUnavailableError,
    PermanentError."""
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
