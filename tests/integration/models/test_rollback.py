"""Back to the champion before, and further back."""

from typing import Any

import pytest

from labeler.errors import (
    ChampionMissingError,
    ContractMismatchError,
    PermanentError,
    ServiceUnavailableError,
)
from labeler.models import registry as names
from labeler.models.promotion import (
    ChampionChange,
    rollback,
)
from labeler.models.registry import CHAMPION, connect
from labeler.transactions import task
from tests.champion import MODEL
from tests.integration.models.promoting import ANNA, champion_of, promoted, rolled_back


def test_repeated_rollbacks_go_back_to_the_first_champion_and_stop_there(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)

    assert rolled_back(registry).version == "2"
    assert rolled_back(registry) == ChampionChange(model_name=MODEL, version="1", replaced="2", is_new=True)
    assert champion_of(registry) == "1"
    with pytest.raises(ChampionMissingError, match=r"no champion of .* before this one"):
        rolled_back(registry)
    assert champion_of(registry) == "1"


def test_rollback_undoes_the_promotion_that_followed_an_earlier_rollback(registry: str) -> None:
    promoted(registry, "2")
    rolled_back(registry)
    promoted(registry, "3")

    assert rolled_back(registry).version == "1"


def test_rollback_from_a_repromoted_champion_returns_to_the_version_in_between(registry: str) -> None:
    for version in ("2", "1", "3", "1"):
        promoted(registry, version)

    assert [rolled_back(registry).version for _ in range(4)] == ["3", "1", "2", "1"]


def test_rollback_skips_a_deleted_version(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).delete_model_version(MODEL, "2")

    assert rolled_back(registry).version == "1"


def test_rollback_skips_an_excluded_bundle(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, "f" * 64)

    assert rollback(registry, MODEL, task=task, request=ANNA, excluded_sha256s={"f" * 64}).version == "1"


def test_rollback_refuses_a_version_of_other_features(registry: str) -> None:
    for version in ("2", "3"):
        promoted(registry, version)
    connect(registry).set_model_version_tag(MODEL, "2", names.FEATURES_DIGEST_TAG, "0" * 64)

    with pytest.raises(ContractMismatchError, match="0" * 12):
        rolled_back(registry)
    assert champion_of(registry) == "3"


def test_rollback_without_a_champion_is_refused(registry: str) -> None:
    promoted(registry, "2")
    connect(registry).delete_registered_model_alias(MODEL, CHAMPION)

    with pytest.raises(ChampionMissingError, match="before now"):
        rolled_back(registry)
    assert promoted(registry, "3").replaced is None


@pytest.mark.parametrize("is_rollback", [False, True])
def test_rollback_is_right_after_a_change_that_failed_before_its_history_entry(
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


def test_rollback_names_a_malformed_history_entry(registry: str) -> None:
    connect(registry).set_registered_model_tag(MODEL, "labeler.promotion.000009.2", "by hand")

    with pytest.raises(PermanentError, match=r"labeler\.promotion\.000009\.2 does not say a promotion"):
        rolled_back(registry)
