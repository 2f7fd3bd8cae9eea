"""Who becomes the champion: checked against the code that will run it, written down, and taken back when need be.

The registry has no transactions: of two promotions at the same time the last writer wins, and both stay in the
history. The alias moves first and is written down afterwards, so that no entry names a champion that never was one.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from labeler.errors import ChampionMissingError, ContractMismatchError, DigestMismatchError, PermanentError
from labeler.models.history import Promotion, champions, next_sequence, read_promotions
from labeler.models.registry import (
    CHAMPION,
    FEATURES_DIGEST_TAG,
    PASSED,
    SHA256_TAG,
    TASK_TAG,
    VERDICT_TAG,
    download,
    proven,
    registry_errors,
    told,
)
from labeler.models.versions import champion_of, find_version, open_registry
from labeler.task import LabelingTask

if TYPE_CHECKING:
    from mlflow.tracking import MlflowClient

PROMOTED_BY_TAG = "labeler.promoted_by"
PROMOTED_AT_TAG = "labeler.promoted_at"
PROMOTION_REASON_TAG = "labeler.promotion_reason"


@dataclass(frozen=True, slots=True)
class Order:
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
    registry_uri: str, model_name: str, wanted: str, *, task: LabelingTask, order: Order, sha256: str | None = None
) -> ChampionChange:
    """`wanted`: a version's number or an alias. `sha256`: the bundle that is meant, when the caller knows it.

    Raises ChampionMissingError (no such version), ContractMismatchError (other features, another task, or it does not say
    them), DigestMismatchError, PermanentError (it failed its gate and nobody gave a reason), ServiceUnavailableError.
    """
    client = open_registry(registry_uri)
    found = find_version(client, registry_uri, model_name, wanted)
    _require_contract(found, task)
    _require_bundle(found, sha256)
    _require_verdict(found, order)
    with registry_errors(registry_uri, model_name, str(found.version)):
        champion = champion_of(client, model_name)
        if champion == str(found.version):
            return ChampionChange(model_name=model_name, version=champion, replaced=champion, is_new=False)
        proven(found, download(client, registry_uri, found))
        _write(client, found, champion, order)
    return ChampionChange(model_name=model_name, version=str(found.version), replaced=champion, is_new=True)


def rollback(
    registry_uri: str, model_name: str, *, task: LabelingTask, order: Order, over: Collection[str] = ()
) -> ChampionChange:
    """The champion before this one; again: the one before that. Versions that were deleted are passed over.

    `over`: SHA-256 of bundles that are passed over, too.
    Raises ChampionMissingError when there is none, ContractMismatchError when it was made for other code, DigestMismatchError.
    """
    client = open_registry(registry_uri)
    with registry_errors(registry_uri, model_name):
        champion = champion_of(client, model_name)
        line = champions(read_promotions(client.get_registered_model(model_name).tags), champion)
    earlier = [version for version in reversed(line[:-1]) if version != champion]
    existing = filter(None, (_existing(client, registry_uri, model_name, version) for version in earlier))
    found = next((version for version in existing if version.tags.get(SHA256_TAG) not in over), None)
    if champion is None or found is None:
        raise ChampionMissingError(
            f"the registry knows of no champion of {model_name} before {'this one' if champion else 'now'}",
            hint="see `labeler model list`, and promote the version that you want: `labeler model promote VERSION`",
        )
    _require_contract(found, task)
    with registry_errors(registry_uri, model_name, str(found.version)):
        proven(found, download(client, registry_uri, found))
        _write(client, found, champion, order, is_rollback=True)
    return ChampionChange(model_name=model_name, version=str(found.version), replaced=champion, is_new=True)


def _existing(client: "MlflowClient", registry_uri: str, model_name: str, version: str) -> Any | None:
    try:
        return find_version(client, registry_uri, model_name, version)
    except ChampionMissingError:
        return None


def _require_contract(found: Any, task: LabelingTask) -> None:
    digest, task_name, code = told(found, FEATURES_DIGEST_TAG), told(found, TASK_TAG), task.features_digest()
    what = f"version {found.version} of {found.name}"
    if task_name != task.name:
        raise ContractMismatchError(
            f"{what} was trained for the task {task_name}, this code labels {task.name}",
            hint="set LABELER_TASK and LABELER_MODEL_NAME to what belongs together",
        )
    if digest != code:
        raise ContractMismatchError(
            f"{what} was trained on features {digest[:12]}, this code computes features {code[:12]}: workers that run "
            "it would refuse the model",
            hint="promote a version that was trained with this code, or promote with the code that workers run",
        )


def _require_verdict(found: Any, order: Order) -> None:
    verdict = found.tags.get(VERDICT_TAG, PASSED)
    if verdict != PASSED and not order.reason:
        raise PermanentError(
            f"version {found.version} of {found.name} {verdict} its gate",
            hint="promote one that passed, or say why this one nevertheless: --force REASON",
        )


def _require_bundle(found: Any, sha256: str | None) -> None:
    if sha256 is not None and (judged := told(found, SHA256_TAG)) != sha256:
        raise DigestMismatchError(
            f"version {found.version} of {found.name} is the bundle {judged[:12]}, asked for is {sha256[:12]}",
            hint="the registry was made anew since: run the experiment again and propose its winner",
        )


def _write(
    client: "MlflowClient", found: Any, champion: str | None, order: Order, *, is_rollback: bool = False
) -> None:
    name, version = found.name, str(found.version)
    client.set_registered_model_alias(name, CHAMPION, version)
    promotion = Promotion(
        sequence=next_sequence(read_promotions(client.get_registered_model(name).tags)),
        version=version,
        replaced=champion,
        is_rollback=is_rollback,
        by=order.by,
        at=order.at,
        reason=order.reason,
    )
    client.set_registered_model_tag(name, promotion.tag, promotion.model_dump_json())
    client.set_model_version_tag(name, version, PROMOTED_BY_TAG, order.by)
    client.set_model_version_tag(name, version, PROMOTED_AT_TAG, f"{order.at:%Y-%m-%dT%H:%M:%SZ}")
    if order.reason:
        client.set_model_version_tag(name, version, PROMOTION_REASON_TAG, order.reason)
    elif PROMOTION_REASON_TAG in found.tags:
        client.delete_model_version_tag(name, version, PROMOTION_REASON_TAG)
