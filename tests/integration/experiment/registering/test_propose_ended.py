"""Pull requests that were closed, reopened or merged, and those of other branches."""

import pytest

from labeler.errors import PermanentError
from labeler.experiment.files import ExperimentFiles
from tests.integration.experiment.github_api import SITE
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import github, proposed


def test_a_closed_pull_request_stays_closed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1)
    stub.requests.clear()

    with pytest.raises(PermanentError, match=f"a person closed the pull request .*{SITE}/pull/1") as refused:
        proposed(files, stub)

    assert refused.value.exit_code == 65
    assert stub.writes() == []


def test_a_reopened_pull_request_is_updated(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1)
    stub.pulls[0]["state"] = "open"

    assert proposed(files, stub, text="\n\nmore").state == "updated"


def test_a_merged_pull_request_is_reported_and_nothing_is_written(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1, is_merged=True)
    stub.requests.clear()

    proposal = proposed(files, stub, text="\n\nmore")

    assert (proposal.state, proposal.url) == ("merged", f"{SITE}/pull/1")
    assert stub.writes() == []


def test_a_champion_already_named_by_the_base_is_not_proposed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1, is_merged=True)
    stub.pulls.clear()
    stub.requests.clear()

    proposal = proposed(files, stub)

    assert (proposal.state, proposal.url, proposal.note) == ("merged", None, "main names this champion")
    assert stub.writes() == []


def test_pull_requests_of_other_branches_are_ignored(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("experiment/other", {"x": "y"}, "other")
    other = github(stub).open_pull(head="experiment/other", base="main", title="other", body="other")

    assert proposed(files, stub).url != other.url
    assert stub.pulls[0]["body"] == "other"
