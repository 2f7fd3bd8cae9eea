"""Who becomes the champion, and what is written down about it."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import (
    ChampionMissingError,
    PermanentError,
)
from labeler.models import registry as names
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.history import TAG
from labeler.models.promotion import (
    PROMOTED_AT_TAG,
    PROMOTED_BY_TAG,
    PROMOTION_REASON_TAG,
    ChampionChange,
    PromotionRequest,
)
from labeler.models.registry import CHALLENGER, connect
from tests.champion import MODEL
from tests.integration.models.promoting import NOON, champion_of, promoted, rolled_back, tags

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_the_next_run_is_pinned_to_the_promoted_version(registry: str, stack: "LocalStack") -> None:
    change = promoted(registry, "3")

    assert change == ChampionChange(model_name=MODEL, version="3", replaced="1", is_new=True)
    assert copy_model_to_runs(registry, MODEL, None, stack.runs).version == "3"
    promoted_tags = tags(registry, "3")
    assert (promoted_tags[PROMOTED_BY_TAG], promoted_tags[PROMOTED_AT_TAG]) == ("anna", "2026-03-01T12:00:00Z")


def test_promote_accepts_the_alias_challenger(registry: str) -> None:
    connect(registry).set_registered_model_alias(MODEL, CHALLENGER, "2")

    assert promoted(registry, CHALLENGER).version == champion_of(registry) == "2"


def test_promoting_the_champion_again_writes_nothing(registry: str) -> None:
    promoted(registry, "2")
    before = connect(registry).get_registered_model(MODEL)

    change = promoted(registry, "2", PromotionRequest(by="ben", at=NOON + timedelta(days=1)))

    assert change == ChampionChange(model_name=MODEL, version="2", replaced="2", is_new=False)
    assert connect(registry).get_registered_model(MODEL).tags == before.tags
    assert tags(registry, "2")[PROMOTED_BY_TAG] == "anna"


@pytest.mark.parametrize(
    ("version_or_alias", "message"), [("99", "with version 99"), (CHALLENGER, "with the alias challenger")]
)
def test_promote_names_a_version_that_does_not_exist(registry: str, version_or_alias: str, message: str) -> None:
    with pytest.raises(ChampionMissingError, match=message):
        promoted(registry, version_or_alias)


def test_a_version_that_failed_its_gate_is_promoted_only_with_a_reason_which_is_recorded(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.VERDICT_TAG, names.FAILED)
    with pytest.raises(PermanentError, match=r"version 2 of \w+ failed its gate .*--force REASON"):
        promoted(registry, "2")
    assert champion_of(registry) == "1"

    promoted(registry, "2", PromotionRequest(by="anna", at=NOON, reason="the champion is worse still"))

    assert champion_of(registry) == "2"
    assert tags(registry, "2")[PROMOTION_REASON_TAG] == "the champion is worse still"


def test_promotion_without_a_reason_removes_the_reason_of_the_one_before(registry: str) -> None:
    promoted(registry, "2", PromotionRequest(by="anna", at=NOON, reason="try it"))
    promoted(registry, "3")

    promoted(registry, "2")

    assert PROMOTION_REASON_TAG not in tags(registry, "2")


def test_of_two_simultaneous_promotions_the_last_writer_wins_and_both_stay_in_the_history(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    promoted(registry, "2")
    write = MlflowClient.set_registered_model_tag

    def meanwhile(client: Any, *arguments: Any) -> None:
        monkeypatch.setattr(MlflowClient, "set_registered_model_tag", write)
        promoted(registry, "4", PromotionRequest(by="ben", at=NOON))
        write(client, *arguments)

    monkeypatch.setattr(MlflowClient, "set_registered_model_tag", meanwhile)
    promoted(registry, "3")

    assert champion_of(registry) == "4"
    log = [tag for tag in connect(registry).get_registered_model(MODEL).tags if tag.startswith(TAG)]
    assert [tag.rsplit(".", 1)[1] for tag in sorted(log)] == ["1", "2", "3", "4"]
    assert [rolled_back(registry).version for _ in range(2)] == ["3", "2"]


def test_promote_does_not_create_a_missing_registry(tmp_path: Path) -> None:
    path = tmp_path / "nothing.db"

    with pytest.raises(ChampionMissingError, match="there is no registry at"):
        promoted(f"sqlite:///{path}", "1")
    assert not path.exists()
