"""Which champion a stage has after releases and rollbacks, and after people had the last word."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.experiment.params import Preprocessing
from labeler.experiment.registering.recipe import ChampionRecipe, with_recipe
from labeler.models import registry as names
from labeler.models.artifacts import download
from labeler.models.registry import CHAMPION, connect
from labeler.transactions import task
from tests.architecture.source import ROOT
from tests.champion import MODEL, add_version
from tests.integration.cli.conftest import Command
from tests.integration.cli.test_release import FIRST, SECOND, build

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

THIRD = "c" * 40
Releasing = Callable[..., None]


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Version 1 is the champion; 2 and 3 passed their gates."""
    uri = champion.copied_to(tmp_path / "registry")
    monkeypatch.setenv("LABELER_REGISTRY_URI", uri)
    client = connect(uri)
    for version in ("2", "3"):
        add_version(uri, champion, tmp_path / version, trees=int(version))
        model_version = client.get_model_version(MODEL, version)
        sha256 = hashlib.sha256(download(client, uri, model_version)).hexdigest()
        for name, value in ((names.TASK_TAG, task.name), (names.SHA256_TAG, sha256)):
            client.set_model_version_tag(MODEL, version, name, value)
    return uri


def champion_of(registry: str) -> str:
    return str(connect(registry).get_model_version_by_alias(MODEL, CHAMPION).version)


def bundle(registry: str, version: str) -> str:
    return str(connect(registry).get_model_version(MODEL, version).tags[names.SHA256_TAG])


def naming(version: str, sha256: str) -> str:
    recipe = ChampionRecipe(
        experiment="e",
        candidate="trees",
        family="extra_trees",
        preparation=Preprocessing(),
        parameters={},
        seed=1,
        model=MODEL,
        version=version,
        sha256=sha256,
        metrics={},
    )
    return with_recipe((ROOT / "params.yaml").read_text(encoding="utf-8"), recipe, source="params.yaml")


@pytest.fixture
def release(stack: "LocalStack", labeler: Command, registry: str) -> Releasing:
    """What a deployment does to the log and the registry: `release(commit, version)`."""

    def released(commit: str, version: str, *, is_confirmed: bool = True) -> None:
        sha256 = bundle(registry, version)
        Path("params.yaml").write_text(naming(version, sha256), encoding="utf-8")
        noted = labeler("release", "note", build(commit, champion=sha256))
        promoted = labeler("release", "promote", "--from", "params.yaml", "--by", "cd")
        assert (noted.code, promoted.code) == (0, 0), noted.err + promoted.err
        if is_confirmed:
            assert labeler("release", "confirm", build(commit)).code == 0

    return released


def go_back(labeler: Command, *, is_confirmed: bool = True) -> None:
    number = labeler("release", "before", "--to", "back.json").out.split()[0]
    labeler("release", "note", "back.json", "--back-to", number)
    if is_confirmed:
        restored = labeler("release", "restore-champion", "--by", "anna")
        assert restored.code == 0, restored.err
        labeler("release", "confirm", "back.json")


def test_release_promotes_the_champion_of_its_params(labeler: Command, release: Releasing, registry: str) -> None:
    release(FIRST, "1")
    release(SECOND, "2")
    assert champion_of(registry) == "2"
    again = labeler("release", "promote", "--from", "params.yaml")
    assert (again.code, again.out.strip()) == (0, "version 2 is the champion already")


def test_rollback_restores_the_champion_before_the_release(labeler: Command, release: Releasing, registry: str) -> None:
    release(FIRST, "1")
    release(SECOND, "2")
    stays = labeler("release", "restore-champion")
    assert ("the champion stays" in stays.out, champion_of(registry)) == (True, "2"), "nothing was rolled back yet"
    go_back(labeler)
    assert champion_of(registry) == "1"
    assert "release that brought it was rolled back" in str(connect(registry).get_registered_model(MODEL).tags)
    once = labeler("release", "restore-champion")
    assert ("it stays" in once.out, champion_of(registry)) == (True, "1"), "once is enough"


def test_repeated_rollback_finishes_restoring_the_champion(labeler: Command, release: Releasing, registry: str) -> None:
    for commit, version in ((FIRST, "1"), (SECOND, "1"), (THIRD, "2")):
        release(commit, version)
    go_back(labeler, is_confirmed=False)
    assert champion_of(registry) == "2"
    go_back(labeler)
    assert champion_of(registry) == "1"
    assert labeler("release", "current").out.split()[0] == "2"


def test_rollback_skips_the_champions_of_all_releases_that_it_leaves(
    labeler: Command, release: Releasing, registry: str
) -> None:
    release(FIRST, "1")
    release(SECOND, "2", is_confirmed=False)
    release(THIRD, "3")
    go_back(labeler)
    assert champion_of(registry) == "1"


def test_rollback_restores_a_champion_only_with_the_code_of_its_features(
    labeler: Command, release: Releasing, registry: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The release that is left changed the features: its own code refuses the champion before."""
    release(FIRST, "1")
    for version in ("2", "3"):
        connect(registry).set_model_version_tag(MODEL, version, names.FEATURES_DIGEST_TAG, "0" * 64)
    with monkeypatch.context() as left:
        left.setattr(type(task), "features_digest", lambda _: "0" * 64)
        release(SECOND, "2")
        labeler("release", "before", "--to", "back.json")
        labeler("release", "note", "back.json", "--back-to", 1)
        refused = labeler("release", "restore-champion")
        assert (refused.code, champion_of(registry)) == (65, "2"), "the old code has to do it"
    assert labeler("release", "restore-champion").code == 0
    assert champion_of(registry) == "1"


def test_champion_that_a_person_rolled_back_is_not_promoted_by_the_next_merge(
    labeler: Command, release: Releasing, registry: str
) -> None:
    release(FIRST, "1")
    release(SECOND, "2")
    labeler("model", "rollback", "--reason", "too slow for the deadline")
    release(THIRD, "2")
    assert champion_of(registry) == "1"
    result = labeler("release", "promote", "--from", "params.yaml")
    assert (result.code, "names version 2, the champion is version 1: it stays" in result.out) == (0, True)
    assert "labeler model promote 2" in result.out
    release("d" * 40, "3")
    assert champion_of(registry) == "3", "another champion is another decision"


def test_champion_that_was_rolled_back_with_its_release_is_promoted_by_the_next_one(
    labeler: Command, release: Releasing, registry: str
) -> None:
    release(FIRST, "1")
    release(SECOND, "2")
    go_back(labeler)
    release(THIRD, "2")
    assert champion_of(registry) == "2"


def test_release_of_params_without_a_champion_promotes_none(
    stack: "LocalStack", labeler: Command, registry: str
) -> None:
    Path("params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    result = labeler("release", "promote", "--from", "params.yaml")
    assert (result.code, "names no champion: nothing to promote" in result.out) == (0, True), result.err
