"""A model's versions in the registry: found, listed, searched by their tags."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pydantic import BaseModel, ConfigDict

from labeler.errors import ChampionMissingError
from labeler.models.registry import CHAMPION, SHA256_TAG, connect, registry_errors

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

PAGE = 200


class ModelVersion(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str
    version: str
    aliases: tuple[str, ...]
    created_at: datetime
    run_id: str | None
    tags: dict[str, str]

    @classmethod
    def of(cls, model_version: Any, aliases: Mapping[str, list[str]]) -> "ModelVersion":
        """From MLflow's record; `aliases` by version."""
        return cls(
            name=model_version.name,
            version=str(model_version.version),
            aliases=tuple(aliases.get(str(model_version.version), ())),
            created_at=datetime.fromtimestamp(model_version.creation_timestamp / 1000, UTC),
            run_id=model_version.run_id or None,
            tags=dict(model_version.tags),
        )


class ChampionBundle(NamedTuple):
    version: str
    sha256: str | None
    """None when the version has no such tag."""


def open_registry(registry_uri: str) -> "MlflowClient":
    """Raises ChampionMissingError when a laptop's registry does not exist: MLflow would take ten seconds to make one."""
    path = registry_uri.removeprefix("sqlite:///")
    if path != registry_uri and not Path(path).exists():
        raise ChampionMissingError(
            f"there is no registry at {registry_uri}", hint="train a model: `labeler experiment run`"
        )
    return connect(registry_uri)


def find_version(client: "MlflowClient", registry_uri: str, model_name: str, version_or_alias: str) -> Any:
    """MLflow's own record of a version. Raises ChampionMissingError."""
    if version_or_alias.isdecimal():
        with registry_errors(registry_uri, model_name, version_or_alias):
            return client.get_model_version(model_name, version_or_alias)
    with registry_errors(registry_uri, model_name, alias=version_or_alias):
        return client.get_model_version_by_alias(model_name, version_or_alias)


def list_versions(registry_uri: str, model_name: str, *, last: int | None = None) -> tuple[ModelVersion, ...]:
    """Newest first, the `last` ones or all. Raises ChampionMissingError when there is no such model."""
    client = open_registry(registry_uri)
    with registry_errors(registry_uri, model_name):
        aliases = aliases_by_version(client, model_name)
        return tuple(
            ModelVersion.of(model_version, aliases) for model_version in search_versions(client, model_name, last=last)
        )


def search_versions(
    client: "MlflowClient", model_name: str, tags: Mapping[str, str] | None = None, *, last: int | None = None
) -> list[Any]:
    """MLflow's records of the versions that have these tags, newest first."""
    conditions = [f"name='{model_name}'", *(f"tags.`{name}`='{value}'" for name, value in (tags or {}).items())]
    model_versions: list[Any] = []
    token = None
    while True:
        page = client.search_model_versions(
            " and ".join(conditions), max_results=PAGE, order_by=["version_number DESC"], page_token=token
        )
        model_versions += page
        token = page.token
        if not token or (last is not None and len(model_versions) >= last):
            return model_versions[:last]


def champion_version(client: "MlflowClient", model_name: str) -> str | None:
    version = client.get_registered_model(model_name).aliases.get(CHAMPION)
    return None if version is None else str(version)


def champion_bundle(registry_uri: str, model_name: str) -> ChampionBundle:
    """Raises ChampionMissingError."""
    model_version = find_version(open_registry(registry_uri), registry_uri, model_name, CHAMPION)
    return ChampionBundle(str(model_version.version), model_version.tags.get(SHA256_TAG))


def aliases_by_version(client: "MlflowClient", model_name: str) -> dict[str, list[str]]:
    """MLflow's search leaves them out."""
    aliases: dict[str, list[str]] = {}
    for alias, version in sorted(client.get_registered_model(model_name).aliases.items()):
        aliases.setdefault(str(version), []).append(alias)
    return aliases
