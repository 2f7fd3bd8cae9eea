"""What keeps an experiment from being proposed is named, and nothing is written."""

import pytest

from labeler.errors import InputInvalidError, NothingPassedError, ObjectMissingError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.propose import propose
from tests.integration.experiment.finished import candidates, write_registration, write_verdict
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, PARAMS, ShortReport, github, proposed


def test_when_nothing_passed_nothing_is_proposed(files: ExperimentFiles, stub: GitHubStub) -> None:
    write_verdict(files, ("trees_1", "trees_2"), passed=())

    with pytest.raises(NothingPassedError, match="no candidate of experiment"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_winner_that_was_not_registered_is_registered_first(files: ExperimentFiles, stub: GitHubStub) -> None:
    files.registration.unlink()
    with pytest.raises(InputInvalidError, match="labeler experiment register"):
        proposed(files, stub)

    write_registration(files, candidates("trees_1"), winner=None)
    with pytest.raises(InputInvalidError, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_winner_that_was_trained_again_is_registered_again_first(files: ExperimentFiles, stub: GitHubStub) -> None:
    """Else the pull request would name a version that is another model."""
    before = {"trees_1": candidates("trees_1")["trees_1"], "trees_2": candidates("another")["another"]}
    write_registration(files, before, winner="trees_2")

    with pytest.raises(InputInvalidError, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_base_that_does_not_exist_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissingError, match="has no branch release"):
        proposed(files, stub, base="release")


def test_a_repository_without_the_file_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissingError, match=r"reading ml/params\.yaml of commit"):
        propose(files, github(stub), report=ShortReport(), base="main", path="ml/params.yaml")


def test_parameters_in_a_folder_are_found_there(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("main", {"ml/params.yaml": PARAMS}, "a folder")

    found = propose(files, github(stub), report=ShortReport(), base="main", path="ml/params.yaml")

    assert found.state == "opened"
    assert b"trees_2" in stub.files(BRANCH)["ml/params.yaml"]
    assert stub.files(BRANCH)["params.yaml"] == PARAMS.encode()


@pytest.mark.parametrize(("path", "said"), [("ml", "is a folder"), ("latin.yaml", "no UTF-8 text")])
def test_what_is_no_text_file_is_named(files: ExperimentFiles, stub: GitHubStub, path: str, said: str) -> None:
    stub.push("main", {"ml/params.yaml": PARAMS}, "a folder")
    tree = stub.trees[stub.head("main").tree]
    tree["latin.yaml"] = stub.add_blob(b"a: SERVI\x82O")

    with pytest.raises(InputInvalidError, match=said):
        propose(files, github(stub), report=ShortReport(), base="main", path=path)
