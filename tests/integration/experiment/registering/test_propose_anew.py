"""An experiment that is registered anew: another version of the same winner, and what became of the first proposal."""

import pytest
from ruamel.yaml import YAML

from labeler.errors import PermanentError
from labeler.experiment.files import ExperimentFiles
from tests.integration.experiment.github_api import SITE
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, proposed, registered_anew


def named(stub: GitHubStub, branch: str) -> str:
    return str(YAML(typ="safe").load(stub.files(branch)["params.yaml"])["champion"]["version"])


@pytest.mark.parametrize("is_merged", [True, False])
def test_an_experiment_registered_again_after_its_pull_request_ended_gets_another_one(
    files: ExperimentFiles, stub: GitHubStub, *, is_merged: bool
) -> None:
    """As `promote` advises when the registry was made anew."""
    proposed(files, stub)
    stub.close(1, is_merged=is_merged)
    registered_anew(files, "12")

    proposal = proposed(files, stub)

    assert (proposal.state, proposal.url) == ("opened", f"{SITE}/pull/2")
    branch = stub.pulls[1]["head"]["ref"]
    assert branch.startswith(f"{BRANCH}-")
    assert (named(stub, BRANCH), named(stub, branch)) == ("3", "12")
    assert proposed(files, stub).state == "unchanged"
    stub.close(2, is_merged=True)
    stub.requests.clear()
    ended = proposed(files, stub)
    assert (ended.state, ended.url, ended.note) == ("merged", f"{SITE}/pull/2", None)
    assert stub.writes() == []


def test_each_registered_version_of_an_experiment_gets_its_own_branch(files: ExperimentFiles, stub: GitHubStub) -> None:
    for number, version in enumerate(("3", "12", "20"), start=1):
        registered_anew(files, version)
        assert proposed(files, stub).url == f"{SITE}/pull/{number}"
        stub.close(number, is_merged=True)

    assert len({pull["head"]["ref"] for pull in stub.pulls}) == 3


def test_a_closed_pull_request_of_another_version_stays_closed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1)
    registered_anew(files, "12")
    proposed(files, stub)
    stub.close(2)
    stub.requests.clear()

    with pytest.raises(PermanentError, match=f"a person closed the pull request .*{SITE}/pull/2"):
        proposed(files, stub)
    assert stub.writes() == []
