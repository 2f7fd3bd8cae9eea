"""The registry is read once per run: the model is copied, verified, and refused when it may not serve."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from labeler import layout
from labeler.errors import ChampionMissingError, ContractMismatchError, ServiceUnavailableError
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.bundle import load
from labeler.models.predict import predict
from labeler.models.registry import CHAMPION, connect
from labeler.transactions import task
from tests.champion import MODEL, add_version, unpacked

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path) -> str:
    """One's own copy, to write to."""
    return champion.copied_to(tmp_path / "registry")


@pytest.fixture
def challenger(registry: str, champion: "TrainedChampion", tmp_path: Path) -> str:
    """Another version, which is not the champion."""
    return add_version(registry, champion, tmp_path / "challenger")


def test_the_champion_is_copied_to_a_key_with_its_own_digest(stack: "LocalStack", champion: "TrainedChampion") -> None:
    pin = copy_model_to_runs(champion.registry_uri, MODEL, None, stack.runs)

    assert pin == champion.pin
    assert pin.key == layout.model_key(pin.sha256)
    assert stack.runs.get(pin.key) == champion.body
    assert pin.features_digest == task.features_digest()


def test_copying_again_gives_the_same_pin_and_one_object(stack: "LocalStack", champion: "TrainedChampion") -> None:
    pins = [copy_model_to_runs(champion.registry_uri, MODEL, None, stack.runs) for _ in range(2)]

    assert pins == [champion.pin] * 2
    assert len(list(stack.runs.sizes("models/"))) == 1


def test_a_copied_champion_loads_and_predicts(champion: "TrainedChampion") -> None:
    model = load(champion.body, champion.pin, features_digest=task.features_digest())
    matrix = np.zeros((3, len(task.feature_names)), np.float32)

    predictions = predict(model, matrix, block_rows=2)

    assert set(model.categories) <= set(task.categories)
    assert len(set(predictions.label.tolist())) == 1
    assert (predictions.confidence >= predictions.second_confidence).all()


def test_a_requested_version_takes_precedence_over_the_alias(
    stack: "LocalStack", registry: str, challenger: str, champion: "TrainedChampion"
) -> None:
    pin = copy_model_to_runs(registry, MODEL, challenger, stack.runs)

    assert pin.version == challenger != champion.version
    assert pin.sha256 != champion.pin.sha256
    assert copy_model_to_runs(registry, MODEL, None, stack.runs) == champion.pin


def test_an_alias_that_moves_during_the_copy_does_not_mix_two_versions(
    stack: "LocalStack", registry: str, challenger: str, champion: "TrainedChampion", monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow.tracking import MlflowClient

    resolve, resolved_aliases = MlflowClient.get_model_version_by_alias, []

    def moved_right_after(client: Any, name: str, alias: str) -> Any:
        resolved_aliases.append(alias)
        model_version = resolve(client, name, alias)
        client.set_registered_model_alias(name, CHAMPION, challenger)
        return model_version

    monkeypatch.setattr(MlflowClient, "get_model_version_by_alias", moved_right_after)

    assert copy_model_to_runs(registry, MODEL, None, stack.runs) == champion.pin
    assert resolved_aliases == [CHAMPION]
    assert copy_model_to_runs(registry, MODEL, None, stack.runs).version == challenger


@pytest.mark.parametrize(
    ("name", "version", "message"),
    [
        ("unheard-of", None, "no model unheard-of with the alias champion"),
        (MODEL, "99", f"no model {MODEL} with version 99"),
        (MODEL, "latest", f"no model {MODEL} with version latest"),
    ],
)
def test_a_missing_champion_is_reported_with_the_command_that_trains_one(
    stack: "LocalStack", champion: "TrainedChampion", name: str, version: str | None, message: str
) -> None:
    with pytest.raises(ChampionMissingError) as missing:
        copy_model_to_runs(champion.registry_uri, name, version, stack.runs)

    assert message in str(missing.value)
    assert "labeler experiment run --quick" in str(missing.value)


def test_a_model_without_the_alias_has_no_champion(stack: "LocalStack", registry: str) -> None:
    connect(registry).delete_registered_model_alias(MODEL, CHAMPION)

    with pytest.raises(ChampionMissingError, match="with the alias champion"):
        copy_model_to_runs(registry, MODEL, None, stack.runs)


def test_a_version_without_a_features_tag_is_refused_and_not_copied(
    stack: "LocalStack", registry: str, champion: "TrainedChampion", tmp_path: Path
) -> None:
    source = unpacked(champion.body, tmp_path / "untagged")
    version = connect(registry).create_model_version(MODEL, source=source.as_uri()).version

    with pytest.raises(ContractMismatchError, match=f"version {version} of {MODEL} has no tag"):
        copy_model_to_runs(registry, MODEL, str(version), stack.runs)

    assert list(stack.runs.sizes("models/")) == []


def test_an_unreachable_registry_is_a_retryable_error(stack: "LocalStack", monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")

    with pytest.raises(ServiceUnavailableError, match=r"http://127\.0\.0\.1:9"):
        copy_model_to_runs("http://127.0.0.1:9", MODEL, None, stack.runs)


def test_load_refuses_the_champion_under_a_pin_of_other_features(champion: "TrainedChampion") -> None:
    pin = champion.pin.model_copy(update={"features_digest": "0" * 64})
    loading: Callable[[], Any] = lambda: load(champion.body, pin, features_digest=task.features_digest())  # noqa: E731

    with pytest.raises(ContractMismatchError) as refused:
        loading()

    assert "000000000000" in str(refused.value)
    assert task.features_digest()[:12] in str(refused.value)
