"""What keeps an experiment from being proposed is named, and nothing is written."""

import pytest

from labeler.errors import InputInvalidError, NothingPassedError, ObjectMissingError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.propose import propose
from tests.integration.experiment.finished import candidates, write_registration, write_verdict
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, PARAMS, ShortReport, github, proposed


def test_propose_is_refused_when_no_candidate_passed(files: ExperimentFiles, stub: GitHubStub) -> None:
    write_verdict(files, ("trees_1", "trees_2"), passed=())

    with pytest.raises(NothingPassedError, match="no candidate of experiment"):
        proposed(files, stub)
    assert stub.requests == []


def test_propose_is_refused_until_the_winner_is_registered(files: ExperimentFiles, stub: GitHubStub) -> None:
    files.registration.unlink()
    with pytest.raises(InputInvalidError, match="labeler experiment register"):
        proposed(files, stub)

    write_registration(files, candidates("trees_1"), winner=None)
    with pytest.raises(InputInvalidError, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_propose_is_refused_until_a_retrained_winner_is_registered_again(
    files: ExperimentFiles, stub: GitHubStub
) -> None:
    """Else the pull request would name a version that is another model."""
    before = {"trees_1": candidates("trees_1")["trees_1"], "trees_2": candidates("another")["another"]}
    write_registration(files, before, winner="trees_2")

    with pytest.raises(InputInvalidError, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_missing_base_branch_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissingError, match="has no branch release"):
        proposed(files, stub, base="release")


def test_a_missing_parameter_file_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissingError, match=r"reading ml/params\.yaml of commit"):
        propose(files, github(stub), report=ShortReport(), base="main", path="ml/params.yaml")


def test_a_parameter_file_in_a_folder_is_updated_there(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("main", {"ml/params.yaml": PARAMS}, "a folder")

    proposal = propose(files, github(stub), report=ShortReport(), base="main", path="ml/params.yaml")

    assert proposal.state == "opened"
    assert b"trees_2" in stub.files(BRANCH)["ml/params.yaml"]
    assert stub.files(BRANCH)["params.yaml"] == PARAMS.encode()


@pytest.mark.parametrize(("path", "message"), [("ml", "is a folder"), ("latin.yaml", "no UTF-8 text")])
def test_a_folder_or_binary_file_is_refused(files: ExperimentFiles, stub: GitHubStub, path: str, message: str) -> None:
    stub.push("main", {"ml/params.yaml": PARAMS}, "a folder")
    tree = stub.trees[stub.head("main").tree]
    tree["latin.yaml"] = stub.add_blob(b"a: SERVI\x82O")

    with pytest.raises(InputInvalidError, match=message):
        propose(files, github(stub), report=ShortReport(), base="main", path=path)
