"""The winner's pull request, against a GitHub on loopback: its branch, plots and report."""

import json
from pathlib import Path

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.registering.recipe import read_recipe
from tests.integration.experiment.finished import EXPERIMENT, PNG, candidates
from tests.integration.experiment.github_api import SITE
from tests.integration.experiment.github_stub import GitHubStub
from tests.integration.experiment.registering.proposing import BRANCH, PARAMS, REPORT_BRANCH, proposed


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


def test_a_report_beyond_github_s_limit_is_cut_and_linked(files: ExperimentFiles, stub: GitHubStub) -> None:
    text = "\n\n" + "word " * 20_000

    assert proposed(files, stub, text=text).state == "opened"

    assert f"({SITE}/blob/{REPORT_BRANCH}/report.md)" in stub.pulls[0]["body"]
    assert stub.files(REPORT_BRANCH)["report.md"].decode().endswith(text)
    assert proposed(files, stub, text=text).state == "unchanged"


# ---- two at once


def test_a_proposal_serializes_to_json(files: ExperimentFiles, stub: GitHubStub) -> None:
    content = json.loads(proposed(files, stub).model_dump_json())

    assert content == {"experiment_id": EXPERIMENT, "state": "opened", "url": f"{SITE}/pull/1", "note": None}
