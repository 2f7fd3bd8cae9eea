"""MLflow's tracking: a parent run for each experiment, and a run for each candidate under it.

Only this module and `logged_models` log. What is written: parameters, metrics, the fitted pipeline with its signature,
the version of the training data, the environment; never a row, since the input example is made of column quantiles.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from labeler.experiment.records import DatasetInfo
from labeler.experiment.training.mlflow_session import mlflow_session
from labeler.experiment.training.run_metadata import environment, lineage
from labeler.models.registry import EXPERIMENT, artifact_location

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

WARNINGS_TAG = "labeler.warnings"


def open_parent(
    registry_uri: str, *, name: str, parameters: Mapping[str, Any], tags: Mapping[str, str], info: DatasetInfo
) -> str:
    """A run that holds no model: what its candidates have in common. Its id. Raises ServiceUnavailableError."""
    with open_run(registry_uri, name=name, parameters=parameters, tags=tags, info=info) as run_id:
        import mlflow

        with mlflow_session(registry_uri):
            mlflow.log_dict(environment(), "environment.json")
    return run_id


def has_run(registry_uri: str, run_id: str) -> bool:
    from mlflow.exceptions import MlflowException

    with mlflow_session(registry_uri) as client:
        try:
            return bool(client.get_run(run_id).info.lifecycle_stage == "active")
        except MlflowException as error:
            if error.error_code == "RESOURCE_DOES_NOT_EXIST":
                return False
            raise


@contextmanager
def open_run(
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

    with mlflow_session(registry_uri) as client:
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

    with mlflow_session(registry_uri):
        mlflow.log_metrics(dict(metrics))
        mlflow.set_tags(dict(tags or {}))


def _end(registry_uri: str, status: str) -> None:
    import mlflow

    with mlflow_session(registry_uri):
        mlflow.end_run(status)


def _experiment(client: "MlflowClient", registry_uri: str) -> str:
    from mlflow.exceptions import MlflowException

    experiment = client.get_experiment_by_name(EXPERIMENT)
    if not experiment:
        try:
            return str(client.create_experiment(EXPERIMENT, artifact_location=artifact_location(registry_uri)))
        except MlflowException as error:
            if error.error_code != "RESOURCE_ALREADY_EXISTS":
                raise
            experiment = client.get_experiment_by_name(EXPERIMENT)  # another process was faster
    return str(experiment.experiment_id)
