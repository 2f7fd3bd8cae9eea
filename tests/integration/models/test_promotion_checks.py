"""What a version has to show before it becomes the champion: refused before anything is written."""

import hashlib
from pathlib import Path

import pytest

from labeler.errors import (
    ContractMismatchError,
    DigestMismatchError,
)
from labeler.models import registry as names
from labeler.models.bundle import pack
from labeler.models.promotion import (
    PromotionRequest,
)
from labeler.models.registry import connect
from labeler.transactions import task
from tests.champion import MODEL
from tests.integration.models.promoting import NOON, champion_of, promoted


def test_promote_refuses_a_version_of_other_features_and_names_both_digests(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.FEATURES_DIGEST_TAG, "0" * 64)

    with pytest.raises(ContractMismatchError) as refused:
        promoted(registry, "2", PromotionRequest(by="anna", at=NOON, reason="a reason does not help"))

    assert "0" * 12 in str(refused.value)
    assert task.features_digest()[:12] in str(refused.value)
    assert champion_of(registry) == "1"


def test_promote_refuses_a_version_of_another_task(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.TASK_TAG, "sensors")

    with pytest.raises(ContractMismatchError, match=f"for the task sensors, this code labels {task.name}"):
        promoted(registry, "2")


@pytest.mark.parametrize("tag", [names.FEATURES_DIGEST_TAG, names.TASK_TAG])
def test_promote_refuses_a_version_without_feature_or_task_tag(registry: str, tag: str) -> None:
    connect(registry).delete_model_version_tag(MODEL, "2", tag)

    with pytest.raises(ContractMismatchError, match=f"version 2 of {MODEL} has no tag {tag}"):
        promoted(registry, "2")


def test_promote_refuses_a_bundle_with_another_digest_than_requested(registry: str) -> None:
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, "a" * 64)

    with pytest.raises(DigestMismatchError, match=r"is the bundle a{12}, asked for is b{12}"):
        promoted(registry, "2", sha256="b" * 64)
    with pytest.raises(ContractMismatchError, match=f"has no tag {names.SHA256_TAG}"):
        promoted(registry, "3", sha256="b" * 64)
    assert champion_of(registry) == "1"


def test_promote_refuses_a_version_whose_artifacts_changed(registry: str, tmp_path: Path) -> None:
    sha256 = hashlib.sha256(pack(tmp_path / "2")).hexdigest()
    connect(registry).set_model_version_tag(MODEL, "2", names.SHA256_TAG, sha256)
    (tmp_path / "2" / "MLmodel").write_text("another one\n")

    with pytest.raises(DigestMismatchError, match=rf"hashes to .* what was evaluated to {sha256[:12]}"):
        promoted(registry, "2", sha256=sha256)

    assert champion_of(registry) == "1"
