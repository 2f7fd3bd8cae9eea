"""The whole experiment under DVC: what a change runs again, which data MLflow names, and data of old commits."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.experiment.training.run_metadata import DVC_TAG, GIT_COMMIT_TAG, GIT_DIRTY_TAG
from labeler.models.registry import DATA_TAG, EXPERIMENT, connect
from tests.integration.experiment.dvc_project import (
    OUTPUTS,
    Project,
    change_a_statement,
    new_project,
    statements_md5,
    use_own_statements,
)

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(900)]
FROM_TRAIN = ["train", "evaluate", "gate", "report"]


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Every stage ran; tests work on copies."""
    project = new_project(tmp_path_factory.mktemp("dvc") / "project")
    assert project.repro() == ["statements", "validate", "prepare", *FROM_TRAIN]
    project.commit("the first experiment")
    return project


@pytest.fixture
def project(reproduced: Project, tmp_path: Path) -> Project:
    shutil.copytree(reproduced.directory, tmp_path / "project", symlinks=True)
    return reproduced.at(tmp_path / "project")


def runs_of(project: Project) -> list[Any]:
    """MLflow's, newest first: candidates and their parents."""
    client = connect(f"sqlite:///{project.directory}/build/mlflow.db")
    experiment = client.get_experiment_by_name(EXPERIMENT)
    assert experiment is not None
    return list(client.search_runs([experiment.experiment_id], order_by=["attributes.start_time DESC"]))


def test_second_repro_runs_nothing(project: Project) -> None:
    assert project.repro() == []
    assert project.git("status", "--porcelain") == ""


def test_mlflow_runs_name_the_data_version_of_dvc(project: Project) -> None:
    info = project.json(f"{OUTPUTS}/prepared/dataset.json")
    before = project.git("rev-parse", "HEAD~1")

    runs = runs_of(project)

    assert len(runs) == 2, "the experiment and its candidate"
    for run in runs:
        assert run.data.tags[DVC_TAG] == statements_md5(project)
        assert run.data.tags[DATA_TAG] == info["statements_sha256"]
        assert (run.data.tags[GIT_COMMIT_TAG], run.data.tags[GIT_DIRTY_TAG]) == (before, "false")


def test_metrics_are_in_git_and_shown_by_dvc(project: Project) -> None:
    assert f"{OUTPUTS}/metrics.json" in project.git("ls-files")
    assert set(project.json(f"{OUTPUTS}/metrics.json")["candidates"]) == {"trivial_1"}
    assert "candidates.trivial_1.later_accuracy" in project.dvc("metrics", "show")


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("split", "seed"), 7),
        (("candidates", "trivial", "parameters", "n_estimators"), 4),
    ],
)
def test_changed_training_parameters_run_train_and_later_stages(
    project: Project, place: tuple[str, ...], value: int
) -> None:
    project.edit("params.yaml", *place, value=value)

    assert project.repro() == FROM_TRAIN
    assert project.repro() == []


def test_changed_criterion_runs_the_gate_without_evaluating_again(project: Project) -> None:
    project.edit("gate.yaml", "later", "min_macro_f1", value=0.19)

    assert project.repro() in (["gate"], ["gate", "report"])


def test_changed_statement_runs_all_stages_from_validate(project: Project) -> None:
    use_own_statements(project)
    change_a_statement(project)
    before = statements_md5(project)

    assert project.repro() == ["validate", "prepare", *FROM_TRAIN]

    newest, *_ = runs_of(project)
    assert newest.data.tags[DVC_TAG] == statements_md5(project) != before
    assert newest.data.tags[DVC_TAG] == project.yaml("data/statements.dvc")["outs"][0]["md5"]


def test_dvc_pull_restores_the_data_of_an_old_commit(project: Project, stack: "LocalStack", tmp_path: Path) -> None:
    place = {"LocationConstraint": stack.aws.s3.meta.region_name}
    stack.aws.s3.create_bucket(Bucket="experiments", CreateBucketConfiguration=place)  # type: ignore[arg-type]
    here = project.at(project.directory, **stack.environment())
    here.dvc("remote", "add", "--default", "store", "s3://experiments/dvc")
    old = here.commit("old data")
    old_data = {folder: here.digests(folder) for folder in ("data/statements", OUTPUTS)}
    here.dvc("push")
    use_own_statements(here)
    change_a_statement(here)
    here.repro("prepare")
    here.commit("new data")
    here.dvc("push")
    new_data = here.digests("data/statements")

    here.git("clone", "--quiet", str(here.directory), str(tmp_path / "clone"))
    clone = here.at(tmp_path / "clone")
    clone.dvc("pull")
    assert clone.digests("data/statements") == new_data
    clone.git("checkout", "--quiet", old)
    clone.dvc("pull")

    assert {folder: clone.digests(folder) for folder in old_data} == old_data
    assert new_data != old_data["data/statements"]
    assert clone.repro() == []
