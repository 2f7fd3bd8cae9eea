"""Who is the champion after a release and after a rollback. A person's later choice stays."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import Enum, auto

from labeler.models.promotion import ChampionChange, PromotionRequest, promote, rollback
from labeler.models.versions import champion_bundle
from labeler.release.history import History
from labeler.settings import ExperimentSettings
from labeler.task import load_task

RESTORE_REASON = "the release that brought it was rolled back"


class KeptReason(Enum):
    IS_NAMED = auto()
    """The release names the version that is the champion already."""
    CHANGED_SINCE = auto()
    """A release that succeeded brought the named version, and somebody made another one the champion since."""
    NOT_ROLLED_BACK = auto()
    """None of the releases that were rolled back brought the champion."""


@dataclass(frozen=True, slots=True)
class ChampionKept:
    """The champion stays, nothing was written."""

    version: str
    reason: KeptReason


def promote_with_release(
    settings: ExperimentSettings, history: History, version: str, *, sha256: str, request: PromotionRequest
) -> ChampionChange | ChampionKept:
    """Promotes the version that a release names, unless the newest release that succeeded brought it already.

    Raises what `promote` raises.
    """
    names = settings.registry_uri, settings.model_name
    if sha256 != history.last_good_champion():
        return promote(*names, version, task=load_task(settings.task), request=request, sha256=sha256)
    champion = champion_bundle(*names)
    is_named = champion.sha256 == sha256
    return ChampionKept(champion.version, KeptReason.IS_NAMED if is_named else KeptReason.CHANGED_SINCE)


def restore_before(
    settings: ExperimentSettings, rolled_back_sha256s: Collection[str], *, request: PromotionRequest
) -> ChampionChange | ChampionKept:
    """Back to the champion before the releases that were rolled back, if one of them brought the present one.

    `rolled_back_sha256s`: the champions of those releases. Raises what `rollback` raises.
    """
    names = settings.registry_uri, settings.model_name
    champion = champion_bundle(*names)
    if champion.sha256 not in rolled_back_sha256s:
        return ChampionKept(champion.version, KeptReason.NOT_ROLLED_BACK)
    request = replace(request, reason=RESTORE_REASON)
    return rollback(*names, task=load_task(settings.task), request=request, excluded_sha256s=rolled_back_sha256s)
