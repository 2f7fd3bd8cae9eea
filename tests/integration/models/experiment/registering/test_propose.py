"""One pull request with the winner, against a GitHub on loopback: opened, repeated, brought up to date, left alone."""

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labeler.errors import InputInvalid, NothingPassed, ObjectMissing, PermanentError
from labeler.models.experiment.files import ExperimentFiles, read_record, write_record
from labeler.models.experiment.records import Registration
from labeler.models.experiment.registering.github import GitHub
from labeler.models.experiment.registering.propose import Proposal, propose
from labeler.models.experiment.registering.recipe import read_recipe
from tests.architecture.source import ROOT
from tests.integration.models.experiment.finished import (
    EXPERIMENT,
    PNG,
    candidates,
    write,
    write_registration,
    write_verdict,
)
from tests.integration.models.experiment.github_stub import REPOSITORY, SITE, TOKEN, GitHubStub, github_stub

PARAMS = (ROOT / "params.yaml").read_text(encoding="utf-8")
BRANCH, REPORT_BRANCH = f"experiment/{EXPERIMENT}", f"experiment-report/{EXPERIMENT}"


@pytest.fixture
def stub() -> Iterator[GitHubStub]:
    with github_stub({"params.yaml": PARAMS, "README.md": "labels\n"}) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    """trees_2 won."""
    found = candidates("trees_1", "trees_2")
    files = write(tmp_path / "experiment", found, passed=("trees_2",))
    write_registration(files, found, winner="trees_2")
    return files


@dataclass(frozen=True)
class ShortReport:
    """In the place of the real one: pictures, and a text that a test can change."""

    text: str = ""
    pictures: tuple[str, ...] = ("confusion.png", "coverage.png", "not_drawn.png")

    def render(self, links: Mapping[str, str]) -> str:
        pictures = [f"![{name}]({link})" for name, link in sorted(links.items())]
        return "\n\n".join(["# Report", *pictures]) + self.text


def github(stub: GitHubStub, **options: Any) -> GitHub:
    return GitHub(REPOSITORY, TOKEN, api_url=stub.url, **{"pause_s": 0, "backoff_s": 0, **options})


def proposed(files: ExperimentFiles, stub: GitHubStub, *, text: str = "", base: str = "main") -> Proposal:
    return propose(files, github(stub), report=ShortReport(text), base=base, path="params.yaml")


def test_the_winner_s_pull_request_is_opened(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposal = proposed(files, stub)

    assert (proposal.state, proposal.url) == ("opened", f"{SITE}/pull/1")
    [pull] = stub.pulls
    assert (pull["head"]["ref"], pull["base"]["ref"]) == (BRANCH, "main")
    assert pull["title"] == f"Champion trees_2 of experiment {EXPERIMENT}: accuracy 0.460, macro-F1 0.230"
    assert pull["body"].startswith("# Report\n\n![confusion.png](")


def test_the_branch_is_the_base_with_another_champion_and_nothing_else(
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


def test_the_pictures_are_on_a_branch_of_their_own_and_linked(files: ExperimentFiles, stub: GitHubStub) -> None:
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


def test_a_changed_report_updates_the_text_and_nothing_else(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    branch, body = stub.branches[BRANCH], stub.pulls[0]["body"]

    proposal = proposed(files, stub, text="\n\nmore")

    assert proposal.state == "updated"
    assert len(stub.pulls) == 1
    assert stub.pulls[0]["body"] != body
    assert "more" in stub.pulls[0]["body"]
    assert stub.branches[BRANCH] == branch


def test_a_changed_picture_is_committed_and_linked_anew(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    before = stub.branches[REPORT_BRANCH]
    files.picture("confusion").write_bytes(PNG + b"another confusion")

    assert proposed(files, stub).state == "updated"

    assert stub.head(REPORT_BRANCH).parents == [before]
    assert stub.files(REPORT_BRANCH)["confusion.png"] == PNG + b"another confusion"
    assert stub.branches[REPORT_BRANCH] in stub.pulls[0]["body"]


def test_what_a_person_wrote_into_the_text_stays_while_the_report_does(
    files: ExperimentFiles, stub: GitHubStub
) -> None:
    proposed(files, stub)
    stub.pulls[0]["body"] += "\r\n- [x] looked at the confusion matrix"

    assert proposed(files, stub).state == "unchanged"
    assert "- [x] looked at" in stub.pulls[0]["body"]


def test_a_base_whose_parameters_moved_on_is_built_upon(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    moved = PARAMS.replace("max_reject_share: 0.05", "max_reject_share: 0.07")
    assert moved != PARAMS
    base = stub.push("main", {"params.yaml": moved}, "laxer")

    assert proposed(files, stub).state == "updated"

    assert stub.head(BRANCH).parents == [base]
    text = stub.files(BRANCH)["params.yaml"].decode()
    assert text.startswith(moved.partition("champion:")[0])
    assert len(stub.pulls) == 1


def test_a_base_that_moved_on_elsewhere_costs_no_approval(files: ExperimentFiles, stub: GitHubStub) -> None:
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


def test_a_pull_request_that_a_person_closed_stays_closed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1)
    stub.requests.clear()

    with pytest.raises(PermanentError, match=f"a person closed the pull request .*{SITE}/pull/1") as refused:
        proposed(files, stub)

    assert refused.value.exit_code == 65
    assert stub.writes() == []


def test_a_pull_request_that_was_opened_again_is_updated(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1)
    stub.pulls[0]["state"] = "open"

    assert proposed(files, stub, text="\n\nmore").state == "updated"


def test_a_merged_pull_request_is_said_to_be_merged(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1, is_merged=True)
    stub.requests.clear()

    proposal = proposed(files, stub, text="\n\nmore")

    assert (proposal.state, proposal.url) == ("merged", f"{SITE}/pull/1")
    assert stub.writes() == []


def test_a_champion_that_the_base_names_already_is_not_proposed(files: ExperimentFiles, stub: GitHubStub) -> None:
    proposed(files, stub)
    stub.close(1, is_merged=True)
    stub.pulls.clear()
    stub.requests.clear()

    proposal = proposed(files, stub)

    assert (proposal.state, proposal.url, proposal.note) == ("merged", None, "main names this champion")
    assert stub.writes() == []


def registered_anew(files: ExperimentFiles, version: str) -> None:
    """The same bytes, as another version."""
    registration = read_record(Registration, files.registration, step="register")
    versions = tuple(
        one.model_copy(update={"version": version}) if one.candidate == "trees_2" else one
        for one in registration.versions
    )
    write_record(files.registration, registration.model_copy(update={"versions": versions, "challenger": version}))


def named(stub: GitHubStub, branch: str) -> str:
    return str(YAML(typ="safe").load(stub.files(branch)["params.yaml"])["champion"]["version"])


@pytest.mark.parametrize("is_merged", [True, False])
def test_an_experiment_that_is_registered_anew_is_proposed_anew(
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


def test_each_version_of_an_experiment_has_a_branch_of_its_own(files: ExperimentFiles, stub: GitHubStub) -> None:
    for number, version in enumerate(("3", "12", "20"), start=1):
        registered_anew(files, version)
        assert proposed(files, stub).url == f"{SITE}/pull/{number}"
        stub.close(number, is_merged=True)

    assert len({pull["head"]["ref"] for pull in stub.pulls}) == 3


def test_a_proposal_of_another_version_that_a_person_closed_stays_closed(
    files: ExperimentFiles, stub: GitHubStub
) -> None:
    proposed(files, stub)
    stub.close(1)
    registered_anew(files, "12")
    proposed(files, stub)
    stub.close(2)
    stub.requests.clear()

    with pytest.raises(PermanentError, match=f"a person closed the pull request .*{SITE}/pull/2"):
        proposed(files, stub)
    assert stub.writes() == []


def test_another_base_is_taken_over(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("release", {"params.yaml": PARAMS}, "release")
    proposed(files, stub)

    assert proposed(files, stub, base="release").state == "updated"
    assert stub.pulls[0]["base"]["ref"] == "release"


def test_pull_requests_of_others_are_not_taken_for_ours(files: ExperimentFiles, stub: GitHubStub) -> None:
    stub.push("experiment/other", {"x": "y"}, "other")
    other = github(stub).open_pull(head="experiment/other", base="main", title="other", body="other")

    assert proposed(files, stub).url != other.url
    assert stub.pulls[0]["body"] == "other"


def test_a_report_that_github_would_refuse_is_cut_and_linked(files: ExperimentFiles, stub: GitHubStub) -> None:
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
def test_somebody_who_was_faster_is_met_half_way(
    files: ExperimentFiles, stub: GitHubStub, method: str, path: str, is_first: bool
) -> None:
    """The same experiment, proposed by two: the slower one finds what the faster one made."""
    if not is_first:
        proposed(files, stub)
    text = "" if is_first else "\n\nmore"
    stub.before(method, path, lambda: proposed(files, stub, text=text))

    proposal = proposed(files, stub, text=text)

    assert len(stub.pulls) == 1
    assert (proposal.state, proposal.url) == ("unchanged", f"{SITE}/pull/1")
    assert stub.head(BRANCH).parents == [stub.branches["main"]]


def test_many_at_once_open_one_pull_request(files: ExperimentFiles, stub: GitHubStub) -> None:
    found: list[Proposal] = []
    threads = [threading.Thread(target=lambda: found.append(proposed(files, stub))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert len(found) == 3
    assert {proposal.url for proposal in found} == {f"{SITE}/pull/1"}
    assert len(stub.pulls) == 1
    assert b"trees_2" in stub.files(BRANCH)["params.yaml"]


# ---- what is not there


def test_when_nothing_passed_nothing_is_proposed(files: ExperimentFiles, stub: GitHubStub) -> None:
    write_verdict(files, ("trees_1", "trees_2"), passed=())

    with pytest.raises(NothingPassed, match="no candidate of experiment"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_winner_that_was_not_registered_is_registered_first(files: ExperimentFiles, stub: GitHubStub) -> None:
    files.registration.unlink()
    with pytest.raises(InputInvalid, match="labeler experiment register"):
        proposed(files, stub)

    write_registration(files, candidates("trees_1"), winner=None)
    with pytest.raises(InputInvalid, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_winner_that_was_trained_again_is_registered_again_first(files: ExperimentFiles, stub: GitHubStub) -> None:
    """Else the pull request would name a version that is another model."""
    before = {"trees_1": candidates("trees_1")["trees_1"], "trees_2": candidates("another")["another"]}
    write_registration(files, before, winner="trees_2")

    with pytest.raises(InputInvalid, match="run `labeler experiment register` again"):
        proposed(files, stub)
    assert stub.requests == []


def test_a_base_that_does_not_exist_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissing, match="has no branch release"):
        proposed(files, stub, base="release")


def test_a_repository_without_the_file_is_named(files: ExperimentFiles, stub: GitHubStub) -> None:
    with pytest.raises(ObjectMissing, match=r"reading ml/params\.yaml of commit"):
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

    with pytest.raises(InputInvalid, match=said):
        propose(files, github(stub), report=ShortReport(), base="main", path=path)


def test_a_proposal_is_a_record_that_programs_read(files: ExperimentFiles, stub: GitHubStub) -> None:
    found = json.loads(proposed(files, stub).model_dump_json())

    assert found == {"experiment_id": EXPERIMENT, "state": "opened", "url": f"{SITE}/pull/1", "note": None}
