"""One version with its MLflow run's metrics and parameters, and two of them side by side."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from labeler.models.registry import registry_errors
from labeler.models.versions import ModelVersion, aliases_by_version, find_version, open_registry

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

GIT_COMMIT_TAG = "mlflow.source.git.commit"


class ModelDetails(ModelVersion):
    """With what its run logged. All of it is empty when the run is gone."""

    metrics: dict[str, float]
    parameters: dict[str, str]
    git_commit: str | None
    datasets: tuple[str, ...]
    """Names and digests of the training data."""


class MetricDifference(BaseModel):
    """One metric of two versions; None where a run did not log it."""

    metric: str
    first: float | None
    second: float | None

    @property
    def difference(self) -> float | None:
        return None if self.first is None or self.second is None else self.second - self.first


class VersionComparison(BaseModel):
    """The second version beside the first."""

    first: ModelDetails
    second: ModelDetails
    metrics: tuple[MetricDifference, ...]
    parameters: dict[str, tuple[str | None, str | None]]
    """Those that differ."""


def describe(registry_uri: str, model_name: str, version_or_alias: str) -> ModelDetails:
    """Raises ChampionMissingError."""
    client = open_registry(registry_uri)
    model_version = find_version(client, registry_uri, model_name, version_or_alias)
    with registry_errors(registry_uri, model_name, version_or_alias):
        version = ModelVersion.of(model_version, aliases_by_version(client, model_name))
        return ModelDetails(**version.model_dump(), **_run_details(client, version.run_id))


def compare(registry_uri: str, model_name: str, first: str, second: str) -> VersionComparison:
    """Versions' numbers or aliases. Raises ChampionMissingError."""
    one, other = (describe(registry_uri, model_name, version_or_alias) for version_or_alias in (first, second))
    return VersionComparison(
        first=one,
        second=other,
        metrics=tuple(
            MetricDifference(metric=name, first=one.metrics.get(name), second=other.metrics.get(name))
            for name in sorted(one.metrics.keys() | other.metrics.keys())
        ),
        parameters=_differing(one.parameters, other.parameters),
    )


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted(one.keys() | other.keys())
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def _run_details(client: "MlflowClient", run_id: str | None) -> dict[str, Any]:
    from mlflow.exceptions import MlflowException

    nothing: dict[str, Any] = {"metrics": {}, "parameters": {}, "git_commit": None, "datasets": ()}
    if run_id is None:
        return nothing
    try:
        run = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code == "RESOURCE_DOES_NOT_EXIST":
            return nothing
        raise
    inputs = run.inputs.dataset_inputs if run.inputs else []
    return {
        "metrics": dict(run.data.metrics),
        "parameters": dict(run.data.params),
        "git_commit": run.data.tags.get(GIT_COMMIT_TAG),
        "datasets": tuple(f"{each.dataset.name} {each.dataset.digest}" for each in inputs),
    }
