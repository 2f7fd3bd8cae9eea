"""Who becomes the champion: checked against the code that will run it, written down, and taken back when need be.

The registry has no transactions: of two promotions at the same time the last writer wins, and both stay in the
history. The alias moves first and is written down afterwards, so that no entry names a champion that never was one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from labeler.errors import ChampionMissingError
from labeler.models.artifacts import download, verified_sha256
from labeler.models.history import Promotion, champion_history, next_sequence, read_promotions
from labeler.models.promotion_checks import require_bundle, require_contract, require_passed_gate
from labeler.models.registry import CHAMPION, SHA256_TAG, registry_errors
from labeler.models.versions import champion_version, find_version, open_registry
from labeler.task import LabelingTask

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

PROMOTED_BY_TAG = "labeler.promoted_by"
PROMOTED_AT_TAG = "labeler.promoted_at"
PROMOTION_REASON_TAG = "labeler.promotion_reason"


@dataclass(frozen=True, slots=True)
class PromotionRequest:
    """Who asks for another champion, when, and why."""

    by: str
    at: datetime
    """UTC."""
    reason: str | None = None
    """With one, a version that did not pass its gate is promoted too."""


class ChampionChange(BaseModel):
    model_config = ConfigDict(frozen=True)

    model_name: str
    version: str
    replaced: str | None
    """The version that was the champion until now."""
    is_new: bool
    """False: it was the champion already, nothing was written."""


def promote(
    registry_uri: str,
    model_name: str,
    version_or_alias: str,
    *,
    task: LabelingTask,
    request: PromotionRequest,
    sha256: str | None = None,
) -> ChampionChange:
    """`sha256`: of the bundle that is meant, when the caller knows it.

    Raises ChampionMissingError (no such version), ContractMismatchError (other features, another task, or it does not say
    them), DigestMismatchError, PermanentError (it failed its gate and nobody gave a reason), ServiceUnavailableError.
    """
    client = open_registry(registry_uri)
    model_version = find_version(client, registry_uri, model_name, version_or_alias)
    require_contract(model_version, task)
    require_bundle(model_version, sha256)
    require_passed_gate(model_version, reason=request.reason)
    version = str(model_version.version)
    with registry_errors(registry_uri, model_name, version):
        champion = champion_version(client, model_name)
        if champion == version:
            return ChampionChange(model_name=model_name, version=champion, replaced=champion, is_new=False)
        verified_sha256(model_version, download(client, registry_uri, model_version))
        _write(client, model_version, champion, request)
    return ChampionChange(model_name=model_name, version=version, replaced=champion, is_new=True)


def rollback(
    registry_uri: str,
    model_name: str,
    *,
    task: LabelingTask,
    request: PromotionRequest,
    excluded_sha256s: Collection[str] = (),
) -> ChampionChange:
    """The champion before this one; again: the one before that. Versions that were deleted are passed over.

    `excluded_sha256s`: bundles that are passed over, too.
    Raises ChampionMissingError when there is none, ContractMismatchError when it was made for other code, DigestMismatchError.
    """
    client = open_registry(registry_uri)
    with registry_errors(registry_uri, model_name):
        champion = champion_version(client, model_name)
        history = champion_history(read_promotions(client.get_registered_model(model_name).tags), champion)
    earlier = [version for version in reversed(history[:-1]) if version != champion]
    existing = filter(None, (_existing(client, registry_uri, model_name, version) for version in earlier))
    previous = next((each for each in existing if each.tags.get(SHA256_TAG) not in excluded_sha256s), None)
    if champion is None or previous is None:
        raise ChampionMissingError(
            f"the registry knows of no champion of {model_name} before {'this one' if champion else 'now'}",
            hint="see `labeler model list`, and promote the version that you want: `labeler model promote VERSION`",
        )
    require_contract(previous, task)
    version = str(previous.version)
    with registry_errors(registry_uri, model_name, version):
        verified_sha256(previous, download(client, registry_uri, previous))
        _write(client, previous, champion, request, is_rollback=True)
    return ChampionChange(model_name=model_name, version=version, replaced=champion, is_new=True)


def _existing(client: "MlflowClient", registry_uri: str, model_name: str, version: str) -> Any | None:
    try:
        return find_version(client, registry_uri, model_name, version)
    except ChampionMissingError:
        return None


def _write(
    client: "MlflowClient",
    model_version: Any,
    champion: str | None,
    request: PromotionRequest,
    *,
    is_rollback: bool = False,
) -> None:
    name, version = model_version.name, str(model_version.version)
    client.set_registered_model_alias(name, CHAMPION, version)
    promotion = Promotion(
        sequence=next_sequence(read_promotions(client.get_registered_model(name).tags)),
        version=version,
        replaced=champion,
        is_rollback=is_rollback,
        by=request.by,
        at=request.at,
        reason=request.reason,
    )
    client.set_registered_model_tag(name, promotion.tag, promotion.model_dump_json())
    client.set_model_version_tag(name, version, PROMOTED_BY_TAG, request.by)
    client.set_model_version_tag(name, version, PROMOTED_AT_TAG, f"{request.at:%Y-%m-%dT%H:%M:%SZ}")
    if request.reason:
        client.set_model_version_tag(name, version, PROMOTION_REASON_TAG, request.reason)
    elif PROMOTION_REASON_TAG in model_version.tags:
        client.delete_model_version_tag(name, version, PROMOTION_REASON_TAG)
