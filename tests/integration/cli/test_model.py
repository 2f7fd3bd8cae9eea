"""`labeler model` and the last steps of `labeler experiment`, from candidates to a champion, as people call them."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.models.registry import CHAMPION, connect
from tests.architecture.source import ROOT
from tests.champion import MODEL
from tests.integration.cli.conftest import Command
from tests.integration.experiment.finished import EXPERIMENT, write, write_verdict
from tests.integration.experiment.github_api import REPOSITORY, SITE
from tests.integration.experiment.github_stub import TOKEN, GitHubStub, github_stub
from tests.integration.experiment.logged import log_models

if TYPE_CHECKING:
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.records import TrainedCandidate
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    uri = champion.copied_to(tmp_path / "registry")
    monkeypatch.setenv("LABELER_REGISTRY_URI", uri)
    return uri


@pytest.fixture
def logged(registry: str, champion: "TrainedChampion", tmp_path: Path) -> "dict[str, TrainedCandidate]":
    return log_models(registry, champion, tmp_path / "models", "trees_1", "trees_2")


@pytest.fixture
def files(logged: "dict[str, TrainedCandidate]", tmp_path: Path) -> "ExperimentFiles":
    """Where the commands look for them when nothing else is said."""
    return write(tmp_path / "build" / "experiment", logged, passed=("trees_2",))


@pytest.fixture
def github(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubStub]:
    from labeler.experiment.registering.github import GitHub

    for name in ("pause_s", "backoff_s"):
        monkeypatch.setitem(GitHub.__init__.__kwdefaults__, name, 0)
    with github_stub({"params.yaml": (ROOT / "params.yaml").read_text(encoding="utf-8")}) as stub:
        monkeypatch.setenv("LABELER_GITHUB_API_URL", stub.url)
        monkeypatch.setenv("LABELER_GITHUB_TOKEN", TOKEN)
        yield stub


def champion_of(registry: str) -> str:
    return str(connect(registry).get_model_version_by_alias(MODEL, CHAMPION).version)


def test_winner_is_registered_promoted_and_rolled_back(
    labeler: Command, files: "ExperimentFiles", registry: str, github: GitHubStub, tmp_path: Path
) -> None:
    """What a person, an engineer's merge and CD do, one after the other."""
    result = labeler("experiment", "register")
    assert (result.code, "promote it: labeler model promote 3" in result.out) == (0, True)
    assert labeler("experiment", "register", "--json").json["challenger"] == "3"
    assert champion_of(registry) == "1"

    result = labeler("experiment", "propose", "--repository", REPOSITORY)
    assert (result.code, f"{SITE}/pull/1" in result.out) == (0, True), result.err
    assert labeler("experiment", "propose", "--repository", REPOSITORY, "--json").json["state"] == "unchanged"
    github.close(1, is_merged=True)

    (tmp_path / "params.yaml").write_bytes(github.files("main")["params.yaml"])
    result = labeler("model", "promote", "--from", "params.yaml", "--by", "cd")
    assert (result.code, "version 3 is the champion, before it was version 1" in result.out) == (0, True), result.err
    assert champion_of(registry) == "3"
    result = labeler("model", "promote", "--from", "params.yaml")
    assert (result.code, "version 3 is the champion already" in result.out) == (0, True)

    result = labeler("model", "rollback", "--reason", "labels look wrong", "--json")
    assert (result.code, result.json["version"], champion_of(registry)) == (0, "1", "1")
    again = labeler("model", "rollback")
    assert (again.code, "no champion of transactions before this one" in again.err) == (65, True)


def test_register_warns_when_too_few_accounts_make_a_drift_reference(
    labeler: Command, files: "ExperimentFiles", monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "drift" not in labeler("experiment", "register").out
    monkeypatch.setenv("LABELER_MONITORING_BUCKET", "nobody-asks-for-it")
    result = labeler("experiment", "register")
    assert (result.code, "of 40 accounts, a drift reference takes 1,000" in result.out) == (0, True)


def test_model_list_is_newest_first_and_show_has_the_lineage(labeler: Command, files: "ExperimentFiles") -> None:
    labeler("experiment", "register")

    table = labeler("model", "list").out
    for word in ("challenger", "champion", "trees_2", "passed", "failed"):
        assert word in table
    assert [version["version"] for version in labeler("model", "list", "--json").json] == ["3", "2", "1"]
    assert [version["version"] for version in labeler("model", "list", "--last", 1, "--json").json] == ["3"]
    shown = labeler("model", "show", "challenger")
    for word in ("version 3 (challenger)", "later_accuracy", "0.4600", "trees", "d" * 64, EXPERIMENT):
        assert word in shown.out
    assert labeler("model", "show", "3", "--json").json["metrics"]["later_macro_f1"] == 0.23
    compared = labeler("model", "compare", "2", "challenger")
    for word in ("3, challenger", "+0.0100", "parameters that differ"):
        assert word in compared.out
    metrics = labeler("model", "compare", "2", "3", "--json").json["metrics"]
    assert metrics["later_accuracy"] == [0.45, 0.46, pytest.approx(0.01)]


def test_version_that_failed_its_gate_needs_a_reason_to_be_promoted(
    labeler: Command, files: "ExperimentFiles", registry: str
) -> None:
    labeler("experiment", "register")

    refused = labeler("model", "promote", "2")
    assert (refused.code, "version 2 of transactions failed its gate" in refused.err) == (65, True)
    assert labeler("model", "promote", "2", "--force", "the champion is worse").code == 0
    assert "the champion is worse" in labeler("model", "show", "champion").out


def test_params_without_a_champion_promote_nothing(labeler: Command, registry: str, tmp_path: Path) -> None:
    text = (ROOT / "params.yaml").read_text(encoding="utf-8")
    (tmp_path / "params.yaml").write_text(text[: text.index("champion:")] + "champion: {}\n")

    result = labeler("model", "promote", "--from", "params.yaml")

    assert (result.code, "names no champion: nothing to promote" in result.out) == (0, True)
    assert labeler("model", "promote", "--from", "params.yaml", "--json").json == {"version": None}


def test_params_that_name_another_bundle_are_refused(
    labeler: Command, files: "ExperimentFiles", registry: str, github: GitHubStub, tmp_path: Path
) -> None:
    labeler("experiment", "register")
    labeler("experiment", "propose", "--repository", REPOSITORY)
    text = github.files(f"experiment/{EXPERIMENT}")["params.yaml"].decode()
    (tmp_path / "params.yaml").write_text(text.replace("version: '3'", "version: '2'"))

    refused = labeler("model", "promote", "--from", "params.yaml")

    assert (refused.code, "version 2 of transactions is the bundle" in refused.err) == (65, True)
    assert champion_of(registry) == "1"


def test_params_that_name_another_model_are_refused(
    labeler: Command, files: "ExperimentFiles", github: GitHubStub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    labeler("experiment", "register")
    labeler("experiment", "propose", "--repository", REPOSITORY)
    (tmp_path / "params.yaml").write_bytes(github.files(f"experiment/{EXPERIMENT}")["params.yaml"])
    monkeypatch.setenv("LABELER_MODEL_NAME", "other")

    refused = labeler("model", "promote", "--from", "params.yaml")

    assert (refused.code, "a version of transactions, runs look for other" in refused.err) == (65, True)


@pytest.mark.parametrize("arguments", [(), ("3", "--from", "params.yaml")])
def test_promote_requires_a_version_or_a_file(labeler: Command, registry: str, arguments: tuple[str, ...]) -> None:
    assert labeler("model", "promote", *arguments).code == 2


def test_missing_version_is_named_with_a_hint(labeler: Command, registry: str) -> None:
    result = labeler("model", "show", "99")

    assert (result.code, "no model transactions with version 99" in result.err) == (65, True)


def test_missing_local_registry_is_named_with_a_hint(
    labeler: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("LABELER_REGISTRY_URI", raising=False)
    result = labeler("model", "list")

    assert (result.code, "labeler experiment run" in result.err) == (65, True)
    assert not (tmp_path / "build").exists()


def test_propose_exits_3_without_a_token_when_no_candidate_passed(
    labeler: Command, files: "ExperimentFiles", logged: "dict[str, TrainedCandidate]"
) -> None:
    write_verdict(files, tuple(logged), passed=())

    registered = labeler("experiment", "register")
    assert (registered.code, "nothing passed the gate" in registered.out) == (0, True)
    assert labeler("experiment", "propose").code == 3


def test_propose_names_the_missing_repository_or_token(
    labeler: Command, files: "ExperimentFiles", monkeypatch: pytest.MonkeyPatch
) -> None:
    labeler("experiment", "register")
    for name in ("LABELER_GITHUB_TOKEN", "LABELER_GITHUB_REPOSITORY"):
        monkeypatch.delenv(name, raising=False)

    result = labeler("experiment", "propose")
    assert (result.code, "LABELER_GITHUB_REPOSITORY" in result.err) == (65, True)
    monkeypatch.setenv("LABELER_GITHUB_REPOSITORY", REPOSITORY)
    result = labeler("experiment", "propose")
    assert (result.code, "LABELER_GITHUB_TOKEN" in result.err) == (65, True)


def test_propose_reads_the_token_from_secrets_manager(
    stack: object, labeler: Command, files: "ExperimentFiles", github: GitHubStub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from labeler.aws import Aws

    labeler("experiment", "register")
    monkeypatch.delenv("LABELER_GITHUB_TOKEN")
    monkeypatch.setenv("LABELER_GITHUB_TOKEN_SECRET", "github/labeler")
    missing = labeler("experiment", "propose", "--repository", REPOSITORY)
    assert (missing.code, "reading the secret github/labeler" in missing.err) == (65, True)

    Aws().secrets_manager.create_secret(Name="github/labeler", SecretString=f'{{"token": "{TOKEN}"}}')

    result = labeler("experiment", "propose", "--repository", REPOSITORY)
    assert (result.code, f"{SITE}/pull/1" in result.out) == (0, True), result.err
    assert TOKEN not in result.out + result.err
