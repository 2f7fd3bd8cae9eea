"""A model's versions in the registry: what each says of itself, and what its MLflow run says of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from labeler.errors import ChampionMissingError
from labeler.models.registry import CHAMPION, connect, registry_errors

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

PAGE = 200
GIT_COMMIT_TAG = "mlflow.source.git.commit"


class ModelVersion(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    aliases: tuple[str, ...]
    created_at: datetime
    run_id: str | None
    tags: dict[str, str]


class ModelDetails(ModelVersion):
    """With what its run says. All of it is empty when the run is gone."""

    metrics: dict[str, float]
    parameters: dict[str, str]
    git_commit: str | None
    datasets: tuple[str, ...]
    """Names and digests of what was learnt from."""


class Difference(BaseModel):
    """One metric of two versions; None where a run does not say it."""

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
    metrics: tuple[Difference, ...]
    parameters: dict[str, tuple[str | None, str | None]]
    """Those that differ."""


def open_registry(registry_uri: str) -> "MlflowClient":
    """Raises ChampionMissingError when a laptop's registry does not exist: MLflow would take ten seconds to make one."""
    path = registry_uri.removeprefix("sqlite:///")
    if path != registry_uri and not Path(path).exists():
        raise ChampionMissingError(
            f"there is no registry at {registry_uri}", hint="train a model: `labeler experiment run`"
        )
    return connect(registry_uri)


def find_version(client: "MlflowClient", registry_uri: str, model_name: str, wanted: str) -> Any:
    """MLflow's own record of a version, by its number or an alias. Raises ChampionMissingError."""
    if wanted.isdecimal():
        with registry_errors(registry_uri, model_name, wanted):
            return client.get_model_version(model_name, wanted)
    with registry_errors(registry_uri, model_name, alias=wanted):
        return client.get_model_version_by_alias(model_name, wanted)


def list_versions(registry_uri: str, model_name: str, *, last: int | None = None) -> tuple[ModelVersion, ...]:
    """Newest first, the `last` ones or all. Raises ChampionMissingError when there is no such model."""
    client = open_registry(registry_uri)
    with registry_errors(registry_uri, model_name):
        aliases = _aliases(client, model_name)
        return tuple(_version(found, aliases) for found in search(client, model_name, last=last))


def search(
    client: "MlflowClient", model_name: str, tags: Mapping[str, str] | None = None, *, last: int | None = None
) -> list[Any]:
    """MLflow's records of the versions that have these tags, newest first."""
    wanted = [f"name='{model_name}'", *(f"tags.`{name}`='{value}'" for name, value in (tags or {}).items())]
    found: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(
            " and ".join(wanted), max_results=PAGE, order_by=["version_number DESC"], page_token=token
        )
        found += page
        token = page.token
        if not token or (last is not None and len(found) >= last):
            return found[:last]


def describe(registry_uri: str, model_name: str, wanted: str) -> ModelDetails:
    """`wanted`: a version's number or an alias. Raises ChampionMissingError."""
    client = open_registry(registry_uri)
    found = find_version(client, registry_uri, model_name, wanted)
    with registry_errors(registry_uri, model_name, wanted):
        version = _version(found, _aliases(client, model_name))
        return ModelDetails(**version.model_dump(), **_run(client, version.run_id))


def compare(registry_uri: str, model_name: str, first: str, second: str) -> VersionComparison:
    """Versions' numbers or aliases. Raises ChampionMissingError."""
    one, other = (describe(registry_uri, model_name, wanted) for wanted in (first, second))
    return VersionComparison(
        first=one,
        second=other,
        metrics=tuple(
            Difference(metric=name, first=one.metrics.get(name), second=other.metrics.get(name))
            for name in sorted(one.metrics.keys() | other.metrics.keys())
        ),
        parameters=_differing(one.parameters, other.parameters),
    )


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = sorted(one.keys() | other.keys())
    return {name: (one.get(name), other.get(name)) for name in names if one.get(name) != other.get(name)}


def champion_of(client: "MlflowClient", model_name: str) -> str | None:
    """The champion's version."""
    found = client.get_registered_model(model_name).aliases.get(CHAMPION)
    return None if found is None else str(found)


def _aliases(client: "MlflowClient", model_name: str) -> dict[str, list[str]]:
    """By version; MLflow's search leaves them out."""
    found: dict[str, list[str]] = {}
    for alias, version in sorted(client.get_registered_model(model_name).aliases.items()):
        found.setdefault(str(version), []).append(alias)
    return found


def _version(found: Any, aliases: Mapping[str, list[str]]) -> ModelVersion:
    return ModelVersion(
        name=found.name,
        version=str(found.version),
        aliases=tuple(aliases.get(str(found.version), ())),
        created_at=datetime.fromtimestamp(found.creation_timestamp / 1000, UTC),
        run_id=found.run_id or None,
        tags=dict(found.tags),
    )


def _run(client: "MlflowClient", run_id: str | None) -> dict[str, Any]:
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
        "datasets": tuple(f"{found.dataset.name} {found.dataset.digest}" for found in inputs),
    }
