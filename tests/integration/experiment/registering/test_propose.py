"""One pull request with the winner, against a GitHub on loopback: opened, repeated, brought up to date, left alone."""

import json
import threading
from pathlib import Path

import pytest

from labeler.errors import PermanentError
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.propose import Proposal
from labeler.experiment.registering.recipe import read_recipe
from tests.integration.experiment.finished import EXPERIMENT, PNG, candidates
from tests.integration.experiment.github_api import SITE
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, PARAMS, REPORT_BRANCH, github, proposed


def test_propose_opens_a_pull_request_for_the_winner(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposal = proposed(files, stub)

    assert (proposal.state, proposal.url) == ("opened", f"{SITE}/pull/1")
    [pull] = stub.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (BRANCH, "main")
    assert pull["title"] == f"Champion trees_2 of experiment {EXPERIMENT}: accuracy 0.460, macro-F1 0.230"
    assert pull["body"].startswith("# Report\n\n![confusion.png](")


def test_the_branch_differs_from_its_base_only_in_the_champion(
    files: ExperimentFiles, stub: GitHubStub, tmp_path: Path
) -> None:
    proposed(files, stub)

    changed = stub.files(BRANCH)
    text = changed.pop("params.yaml").decode()
    assert changed == {"README.md": b"labels\n"}
    assert stub.head(BRANCH).parents == [stub.branches["main"]]
    assert text.startswith(PARAMS.partition("champion:")[0])
    (tmp_path / "params.yaml").write_text(text)
    recipe = read_recipe(tmp_path / "params.yaml")
    assert recipe is not None
    assert (recipe.experiment, recipe.candidate, recipe.version) == (EXPERIMENT, "trees_2", "3")
    assert recipe.sha256 == candidates("trees_2")["trees_2"].sha256
    assert recipe.metrics == {"later_accuracy": 0.46, "later_macro_f1": 0.23, "us_per_row": 3.0}
    assert recipe.parameters["layers"] == (64, 32)


def test_plots_are_committed_to_a_separate_branch_and_linked(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)

    report = stub.files(REPORT_BRANCH)
    assert set(report) == {"confusion.png", "coverage.png", "report.md"}
    assert report["confusion.png"] == PNG + b"confusion"
    assert b"![coverage.png](coverage.png)" in report["report.md"]
    assert stub.head(REPORT_BRANCH).parents == []
    commit = stub.branches[REPORT_BRANCH]
    assert f"![coverage.png]({SITE}/blob/{commit}/coverage.png?raw=true)" in stub.pulls[0]["body"]


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


def test_proposing_to_another_base_changes_the_pull_request_s_base(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("release", {"params.yaml": PARAMS}, "release")
    proposed(files, stub)

    assert proposed(files, stub, base="release").state == "updated"
    assert stub.pulls[0]["base"]["ref"] == "release"


def test_pull_requests_of_other_branches_are_ignored(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("experiment/other", {"x": "y"}, "other")
    other = github(stub).open_pull(head="experiment/other", base="main", title="other", body="other")

    assert proposed(files, stub).url != other.url
    assert stub.pulls[0]["body"] == "other"


def test_a_report_beyond_github_s_limit_is_cut_and_linked(files: ExperimentFiles, stub: GitHubStub) -> None:
    text = "\n\n" + "word " * 20_000

    assert proposed(files, stub, text=text).state == "opened"

    assert f"({SITE}/blob/{REPORT_BRANCH}/report.md)" in stub.pulls[0]["body"]
    assert stub.files(REPORT_BRANCH)["report.md"].decode().endswith(text)
    assert proposed(files, stub, text=text).state == "unchanged"


# ---- two at once


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


def test_a_proposal_serializes_to_json(files: ExperimentFiles, stub: GitHubStub) -> None:
    content = json.loads(proposed(files, stub).model_dump_json())

    assert content == {"experiment_id": EXPERIMENT, "state": "opened", "url": f"{SITE}/pull/1", "note": None}
