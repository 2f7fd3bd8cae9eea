"""Proposing repeatedly or concurrently: brought up to date, and what people changed is left alone."""

import threading

import pytest

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.propose import Proposal
from tests.integration.experiment.finished import PNG
from tests.integration.experiment.github_api import SITE
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, PARAMS, REPORT_BRANCH, proposed


def test_proposing_again_writes_nothing(files: ExperimentFiles, stub: GitHubStub) -> None:
    first = proposed(files, stub)
    stub.requests.clear()

    again = proposed(files, stub)

    assert (again.state, again.url) == ("unchanged", first.url)
    assert stub.writes() == []
    assert len(stub.requests) < 12


def test_a_changed_report_updates_only_the_body(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    branch, body = stub.branches[BRANCH], stub.pulls[0]["body"]

    proposal = proposed(files, stub, text="\n\nmore")

    assert proposal.state == "updated"
    assert len(stub.pulls) == 1
    assert stub.pulls[0]["body"] != body
    assert "more" in stub.pulls[0]["body"]
    assert stub.branches[BRANCH] == branch


def test_a_changed_plot_is_committed_and_linked_again(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    before = stub.branches[REPORT_BRANCH]
    files.plot("confusion").write_bytes(PNG + b"another confusion")

    assert proposed(files, stub).state == "updated"

    assert stub.head(REPORT_BRANCH).parents == [before]
    assert stub.files(REPORT_BRANCH)["confusion.png"] == PNG + b"another confusion"
    assert stub.branches[REPORT_BRANCH] in stub.pulls[0]["body"]


def test_edits_to_the_body_are_kept_while_the_report_is_unchanged(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.pulls[0]["body"] += "\r\n- [x] looked at the confusion matrix"

    assert proposed(files, stub).state == "unchanged"
    assert "- [x] looked at" in stub.pulls[0]["body"]


def test_the_branch_is_rebuilt_when_the_base_s_parameters_changed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    moved = PARAMS.replace("max_reject_share: 0.05", "max_reject_share: 0.07")
    assert moved != PARAMS
    base = stub.push("main", {"params.yaml": moved}, "laxer")

    assert proposed(files, stub).state == "updated"

    assert stub.head(BRANCH).parents == [base]
    text = stub.files(BRANCH)["params.yaml"].decode()
    assert text.startswith(moved.partition("champion:")[0])
    assert len(stub.pulls) == 1


def test_the_branch_is_unchanged_when_the_base_changed_elsewhere(files: ExperimentFiles, stub: GitHubStub) -> None:
    """A forced push would take back what reviewers said, for nothing."""
    proposed(files, stub)
    before = stub.branches[BRANCH]
    stub.push("main", {"README.md": "more\n"}, "docs")

    assert proposed(files, stub).state == "unchanged"
    assert stub.branches[BRANCH] == before


def test_a_person_s_commit_on_the_branch_is_not_overwritten(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    theirs = stub.files(BRANCH)["params.yaml"].decode().replace("seed: 20191", "seed: 7")
    commit = stub.push(BRANCH, {"params.yaml": theirs}, "another seed")

    proposal = proposed(files, stub)

    assert proposal.state == "unchanged"
    assert proposal.note == f"{BRANCH} has commits of somebody else ({commit[:12]}): it was left as it is"
    assert stub.branches[BRANCH] == commit


def test_proposing_to_another_base_changes_the_pull_request_s_base(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("release", {"params.yaml": PARAMS}, "release")
    proposed(files, stub)

    assert proposed(files, stub, base="release").state == "updated"
    assert stub.pulls[0]["base"]["ref"] == "release"


@pytest.mark.parametrize(
    ("method", "path", "is_first"),
    [
        ("POST", r"git/refs$", True),
        ("POST", r"/pulls$", True),
        ("PATCH", f"refs/heads/{REPORT_BRANCH}", False),
    ],
)
def test_the_slower_of_two_proposals_adopts_what_the_faster_one_created(
    files: ExperimentFiles, stub: GitHubStub, method: str, path: str, is_first: bool
) -> None:
    """The same experiment, proposed by two: the slower one uses what the faster one created."""
    if not is_first:
        proposed(files, stub)
    text = "" if is_first else "\n\nmore"
    stub.before(method, path, lambda: proposed(files, stub, text=text))

    proposal = proposed(files, stub, text=text)

    assert len(stub.pulls) == 1
    assert (proposal.state, proposal.url) == ("unchanged", f"{SITE}/pull/1")
    assert stub.head(BRANCH).parents == [stub.branches["main"]]


def test_concurrent_proposals_open_one_pull_request(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposals: list[Proposal] = []
    threads = [threading.Thread(target=lambda: proposals.append(proposed(files, stub))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(proposals) == 3
    assert {proposal.url for proposal in proposals} == {f"{SITE}/pull/1"}
    assert len(stub.pulls) == 1
    assert b"trees_2" in stub.files(BRANCH)["params.yaml"]
