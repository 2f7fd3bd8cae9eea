"""`labeler experiment plan` and `train`, as a shell calls them."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.experiment.files import ExperimentFiles
from tests.integration.cli.conftest import Command

if TYPE_CHECKING:
    from tests.champion import TrainedChampion

PARAMS = """
validation: {max_reject_share: 0.05}
split: {later_share: 0.3, unseen_share: 0.2, seed: 20191}
training: {seed: 1, max_rows: 100000}
preparations: {plain: {groups: {codes: drop}}, scaled: {groups: {codes: one_hot}, scale: standard}}
candidates:
  trees:
    family: extra_trees
    preparation: [plain]
    is_quick: true
    parameters: {n_estimators: [3, 4], max_leaf_nodes: 20}
  linear: {family: logistic_regression, preparation: [scaled], parameters: {C: 0.1}}
evaluation:
  coverage_shares: [0.3]
  confidence_thresholds: [0.5]
  bootstrap_samples: 100
  confidence_level: 0.95
  seed: 1
"""
FILES = ExperimentFiles(Path("build/experiment"))


@pytest.fixture
def prepared(labeler: Command, champion: "TrainedChampion", tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """In a folder with params.yaml and prepared rows."""
    monkeypatch.setenv("LABELER_REGISTRY_URI", champion.copied_to(tmp_path / "registry"))
    (tmp_path / "params.yaml").write_text(PARAMS)
    labeler("statements", "generate", "made", "--files", 8, "--labels")
    assert labeler("experiment", "prepare", "--statements", "made").code == 0
    return labeler


def test_plan_json_lists_the_candidates_to_train(prepared: Command) -> None:
    result = prepared("experiment", "plan", "--json")

    assert result.code == 0
    assert [spec["name"] for spec in result.json["candidates"]] == ["trees_1", "trees_2", "linear_1"]
    again = prepared("experiment", "plan")
    assert result.json["experiment_id"] in again.out
    assert all(word in again.out for word in ("trees_2", "n_estimators=4", "scaled", "C=0.1"))
    assert prepared("experiment", "plan", "--json").json == result.json
    quick = prepared("experiment", "plan", "--quick", "--json").json
    assert [spec["name"] for spec in quick["candidates"]] == ["trees_1", "trees_2"]


def test_plan_in_an_image_records_the_commit_of_the_image(prepared: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LABELER_COMMIT", "c0ffee")

    assert prepared("experiment", "plan", "--json").json["data"]["git_commit"] == "c0ffee"


def test_train_takes_single_candidates_then_the_rest(prepared: Command) -> None:
    prepared("experiment", "plan")

    one = prepared("experiment", "train", "--candidate", "linear_1", "--json")

    assert (one.code, [candidate["spec"]["name"] for candidate in one.json]) == (0, ["linear_1"])
    assert not FILES.bundle("trees_1").exists()
    all_of_them = prepared("experiment", "train", "--json").json
    assert [candidate["spec"]["name"] for candidate in all_of_them] == ["trees_1", "trees_2", "linear_1"]
    assert all_of_them[2] == one.json[0]
    shown = prepared("experiment", "train")
    assert (shown.code, all_of_them[0]["sha256"][:12] in shown.out) == (0, True)


@pytest.mark.parametrize("chosen", [(), ("--candidate", "trees_1")])
def test_train_without_a_plan_is_refused(prepared: Command, chosen: tuple[str, ...]) -> None:
    refused = prepared("experiment", "train", *chosen)

    assert (refused.code, "labeler experiment plan" in refused.err) == (65, True)
    assert not FILES.candidates.exists()


@pytest.mark.parametrize("option", [("--quick",), ("--params", "params.yaml")])
def test_train_has_no_option_that_the_plan_overrules(prepared: Command, option: tuple[str, ...]) -> None:
    prepared("experiment", "plan")

    refused = prepared("experiment", "train", *option)

    assert (refused.code, option[0] in refused.err) == (2, True)
    assert not FILES.candidates.exists()


def test_train_skips_candidates_that_a_quick_plan_leaves_out(prepared: Command) -> None:
    prepared("experiment", "plan", "--quick")

    result = prepared("experiment", "train", "--json")

    assert [candidate["spec"]["name"] for candidate in result.json] == ["trees_1", "trees_2"]


def test_untrainable_candidate_is_named_with_its_parameter(prepared: Command, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text(PARAMS.replace("C: 0.1", "C: -1"))

    refused = prepared("experiment", "plan")

    assert refused.code == 65
    assert "candidate linear_1" in refused.err
    assert "'C' parameter" in refused.err
    assert not FILES.plan.exists()


def test_train_refuses_a_candidate_that_is_not_planned(prepared: Command) -> None:
    prepared("experiment", "plan")

    refused = prepared("experiment", "train", "--candidate", "forest_1")

    assert (refused.code, "take one of trees_1, trees_2, linear_1" in refused.err) == (65, True)
