"""Who becomes the champion, who was it before, and what is refused before anything moves."""

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import (
    ChampionMissingError,
    ContractMismatchError,
    DigestMismatchError,
    PermanentError,
    ServiceUnavailableError,
)
from labeler.models import registry as names
from labeler.models.bundle import pack
from labeler.models.history import TAG
from labeler.models.promotion import (
    PROMOTED_AT_TAG,
    PROMOTED_BY_TAG,
    PROMOTION_REASON_TAG,
    ChampionChange,
    Order,
    promote,
    rollback,
)
from labeler.models.registry import CHALLENGER, CHAMPION, connect, stage_champion
from labeler.transactions import task
from tests.champion import MODEL, add_version

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ANNA = Order(by="anna", at=NOON)


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path) -> str:
    """Version 1 is the champion; versions 2, 3 and 4 could become it."""
    uri = champion.copied_to(tmp_path / "registry")
    for version in ("2", "3", "4"):
        assert add_version(uri, champion, tmp_path / version, trees=int(version)) == version
        connect(uri).set_model_version_tag(MODEL, version, names.TASK_TAG, task.name)
    return uri


def promoted(registry: str, wanted: str, order: Order = ANNA, **named: Any) -> ChampionChange:
    return promote(registry, MODEL, wanted, task=task, order=order, **named)


def rolled_back(registry: str, order: Order = ANNA) -> ChampionChange:
    return rollback(registry, MODEL, task=task, order=order)


def champion_of(registry: str) -> str | None:
    version = connect(registry).get_registered_model(MODEL).aliases.get(CHAMPION)
    return None if version is None else str(version)


def tags(registry: str, version: str) -> dict[str, str]:
    return dict(connect(registry).get_model_version(MODEL, version).tags)


def test_a_promoted_version_is_what_the_next_run_is_pinned_to(registry: str, stack: "LocalStack") -> None:
    change = promoted(registry, "3")

    assert change == ChampionChange(model_name=MODEL, version="3", replaced="1", is_new=True)
    assert stage_champion(registry, MODEL, None, stack.runs).version == "3"
    said = tags(registry, "3")
    assert (said[PROMOTED_BY_TAG], said[PROMOTED_AT_TAG]) == ("anna", "2026-03-01T12:00:00Z")


def test_the_challenger_is_promoted_by_its_name(registry: str) -> None:
    connect(registry).set_registered_model_alias(MODEL, CHALLENGER, "2")

    assert promoted(registry, CHALLENGER).version == champion_of(registry) == "2"


def test_promoting_the_champion_writes_nothing(registry: str) -> None:
    promoted(registry, "2")
    before = connect(registry).get_registered_model(MODEL)

    change = promoted(registry, "2", Order(by="ben", at=NOON + timedelta(days=1)))

    assert change == ChampionChange(model_name=MODEL, version="2", replaced="2", is_new=False)
    assert connect(registry).get_registered_model(MODEL).tags == before.tags
    assert tags(registry, "2")[PROMOTED_BY_TAG] == "anna"


@pytest.mark.parametrize(("wanted", "said"), [("99", "with version 99"), (CHALLENGER, "with the alias challenger")])
def test_a_version_that_does_not_exist_is_named(registry: str, wanted: str, said: str) -> None:
    with pytest.raises(ChampionMissingError, match=said):
        promoted(registry, wanted)


def test_a_version_of_other_features_is_refused_with_both_digests(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.FEATURES_DIGEST_TAG, "0" * 64)

    with pytest.raises(ContractMismatchError) as refused:
        promoted(registry, "2", Order(by="anna", at=NOON, reason="a reason does not help"))

    assert "0" * 12 in str(refused.value)
    assert task.features_digest()[:12] in str(refused.value)
    assert champion_of(registry) == "1"


def test_a_version_of_another_task_is_refused(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.TASK_TAG, "sensors")

    with pytest.raises(ContractMismatchError, match=f"for the task sensors, this code labels {task.name}"):
        promoted(registry, "2")


@pytest.mark.parametrize("tag", [names.FEATURES_DIGEST_TAG, names.TASK_TAG])
def test_a_version_that_does_not_say_what_it_is_made_for_is_refused(registry: str, tag: str) -> None:
    connect(registry).delete_model_version_tag(MODEL, "2", tag)

    with pytest.raises(ContractMismatchError, match=f"version 2 of {MODEL} has no tag {tag}"):
        promoted(registry, "2")


def test_a_version_that_failed_its_gate_needs_a_reason_which_is_kept(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.VERDICT_TAG, names.FAILED)
    with pytest.raises(PermanentError, match=r"version 2 of \w+ failed its gate .*--force REASON"):
        promoted(registry, "2")
    assert champion_of(registry) == "1"

    promoted(registry, "2", Order(by="anna", at=NOON, reason="the champion is worse still"))

    assert champion_of(registry) == "2"
    assert tags(registry, "2")[PROMOTION_REASON_TAG] == "the champion is worse still"


def test_a_reason_is_that_of_the_last_promotion(registry: str) -> None:
    promoted(registry, "2", Order(by="anna", at=NOON, reason="try it"))
    promoted(registry, "3")

    promoted(registry, "2")

    assert PROMOTION_REASON_TAG not in tags(registry, "2")


def test_another_bundle_than_the_one_that_is_meant_is_refused(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, "a" * 64)

    with pytest.raises(DigestMismatchError, match=r"is the bundle a{12}, asked for is b{12}"):
        promoted(registry, "2", sha256="b" * 64)
    with pytest.raises(ContractMismatchError, match=f"has no tag {names.SHA256_TAG}"):
        promoted(registry, "3", sha256="b" * 64)
    assert champion_of(registry) == "1"


def test_a_version_whose_bytes_changed_does_not_become_the_champion(registry: str, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(pack(tmp_path / "2")).hexdigest()
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, sha256)
    (tmp_path / "2" / "MLmodel").write_text("another one\n")

    with pytest.raises(DigestMismatchError, match=rf"hashes to .* what was judged to {sha256[:12]}"):
        promoted(registry, "2", sha256=sha256)

    assert champion_of(registry) == "1"


def test_rollbacks_go_further_and_further_back(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)

    assert rolled_back(registry).version == "2"
    assert rolled_back(registry) == ChampionChange(model_name=MODEL, version="1", replaced="2", is_new=True)
    assert champion_of(registry) == "1"
    with pytest.raises(ChampionMissingError, match=r"no champion of .* before this one"):
        rolled_back(registry)
    assert champion_of(registry) == "1"


def test_after_a_rollback_the_next_promotion_is_what_is_taken_back(registry: str) -> None:
    promoted(registry, "2")
    rolled_back(registry)
    promoted(registry, "3")

    assert rolled_back(registry).version == "1"


def test_a_champion_that_came_back_is_taken_back_to_the_one_between(registry: str) -> None:
    for version in ("2", "1", "3", "1"):
        promoted(registry, version)

    assert [rolled_back(registry).version for _ in range(4)] == ["3", "1", "2", "1"]


def test_a_version_that_was_deleted_is_passed_over(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).delete_model_version(MODEL, "2")

    assert rolled_back(registry).version == "1"


def test_a_bundle_that_is_left_too_is_passed_over(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, "f" * 64)

    assert rollback(registry, MODEL, task=task, order=ANNA, over={"f" * 64}).version == "1"


def test_a_rollback_to_other_features_is_refused(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).set_model_version_tag(MODEL, "2", names.FEATURES_DIGEST_TAG, "0" * 64)

    with pytest.raises(ContractMismatchError, match="0" * 12):
        rolled_back(registry)
    assert champion_of(registry) == "3"


def test_a_model_without_a_champion_has_nothing_to_go_back_from(registry: str) -> None:
    promoted(registry, "2")
    connect(registry).delete_registered_model_alias(MODEL, CHAMPION)

    with pytest.raises(ChampionMissingError, match="before now"):
        rolled_back(registry)
    assert promoted(registry, "3").replaced is None


@pytest.mark.parametrize("is_rollback", [False, True])
def test_a_change_that_was_cut_off_before_it_was_written_down_leads_nowhere_wrong(
    registry: str, monkeypatch: pytest.MonkeyPatch, is_rollback: bool
) -> None:
    """The alias moves first: what is missing is only the log's last line."""
    from mlflow.tracking import MlflowClient

    for version in ("2", "3"):
        promoted(registry, version)

    def lost(*_: Any) -> None:
        raise ConnectionError("gone")

    with monkeypatch.context() as broken:
        broken.setattr(MlflowClient, "set_registered_model_tag", lost)
        with pytest.raises(ServiceUnavailableError):
            rolled_back(registry) if is_rollback else promoted(registry, "4")

    assert champion_of(registry) == ("2" if is_rollback else "4")
    assert rolled_back(registry).version == ("1" if is_rollback else "3")


def test_of_two_promotions_at_once_the_last_writer_wins_and_both_are_kept(
    registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    promoted(registry, "2")
    write = MlflowClient.set_registered_model_tag

    def meanwhile(client: Any, *arguments: Any) -> None:
        monkeypatch.setattr(MlflowClient, "set_registered_model_tag", write)
        promoted(registry, "4", Order(by="ben", at=NOON))
        write(client, *arguments)

    monkeypatch.setattr(MlflowClient, "set_registered_model_tag", meanwhile)
    promoted(registry, "3")

    assert champion_of(registry) == "4"
    log = [tag for tag in connect(registry).get_registered_model(MODEL).tags if tag.startswith(TAG)]
    assert [tag.rsplit(".", 1)[1] for tag in sorted(log)] == ["1", "2", "3", "4"]
    assert [rolled_back(registry).version for _ in range(2)] == ["3", "2"]


def test_a_history_that_somebody_wrote_into_is_named(registry: str) -> None:
    connect(registry).set_registered_model_tag(MODEL, "labeler.promotion.000009.2", "by hand")

    with pytest.raises(PermanentError, match=r"labeler\.promotion\.000009\.2 does not say a promotion"):
        rolled_back(registry)


def test_a_registry_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    path = tmp_path / "nothing.db"

    with pytest.raises(ChampionMissingError, match="there is no registry at"):
        promoted(f"sqlite:///{path}", "1")
    assert not path.exists()
