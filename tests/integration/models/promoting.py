"""Promotions and rollbacks of the tests' model, and what the registry holds afterwards."""

from datetime import UTC, datetime
from typing import Any

from labeler.models.promotion import ChampionChange, PromotionRequest, promote, rollback
from labeler.models.registry import CHAMPION, connect
from labeler.transactions import task
from tests.champion import MODEL

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = PromotionRequest(by="anna", at=NOON)


def promoted(registry: str, version: str, request: PromotionRequest = ANNA, **options: Any) -> ChampionChange:
    return promote(registry, MODEL, version, task=task, request=request, **options)


def rolled_back(registry: str) -> ChampionChange:
    return rollback(registry, MODEL, task=task, request=ANNA)


def champion_of(registry: str) -> str | None:
    version = connect(registry).get_registered_model(MODEL).aliases.get(CHAMPION)
    return None if version is None else str(version)


def tags(registry: str, version: str) -> dict[str, str]:
    return dict(connect(registry).get_model_version(MODEL, version).tags)
