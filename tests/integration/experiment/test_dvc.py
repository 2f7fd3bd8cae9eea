"""The steps under DVC: only what changed runs again, and the data of every commit comes back."""

import shutil
from pathlib import Path

import pytest

from labeler.experiment.data.lineage import data_version, directory_md5
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from tests.integration.experiment.dvc_project import (
    Project,
    change_a_statement,
    new_project,
    ran,
    statements_md5,
    with_own_data,
)

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(600)]
DATA = ["statements", "validate", "prepare"]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Ran up to the prepared data and is committed; tests work on copies."""
    project = new_project(tmp_path_factory.mktemp("dvc") / "project")
    assert project.repro("prepare") == DATA
    project.commit("prepared")
    return project


@pytest.fixture
def project(made: Project, tmp_path: Path) -> Project:
    shutil.copytree(made.directory, tmp_path / "project", symlinks=True)
    return made.at(tmp_path / "project")


def test_a_second_time_runs_nothing(project: Project) -> None:
    assert project.repro("prepare") == []
    assert project.changed() & set(DATA) == set()
    assert project.git("status", "--porcelain") == ""


def test_parameters_of_later_steps_change_no_data(project: Project) -> None:
    project.edit("params.yaml", "split", "seed", value=7)
    project.edit("params.yaml", "training", "max_rows", value=1000)

    assert project.repro("prepare") == []


def test_the_bound_of_rejects_runs_validate_again(project: Project) -> None:
    project.edit("params.yaml", "validation", "max_reject_share", value=0.01)

    assert project.repro("validate") == ["validate"]


@pytest.mark.parametrize(
    ("module", "stages"),
    [
        ("transactions/features.py", {"validate", "prepare"}),
        ("transactions/synthetic/rows.py", {"statements", "validate", "prepare"}),
        ("experiment/data/sources.py", {"validate", "prepare"}),
        ("experiment/data/parts.py", {"prepare"}),
        ("experiment/data/validate.py", {"validate"}),
        ("experiment/evaluation/gate.py", set()),
        ("worker/consume.py", set()),
    ],
)
def test_changed_code_runs_the_steps_that_it_is_part_of(project: Project, module: str, stages: set[str]) -> None:
    path = project / "src/labeler" / module
    path.write_text(path.read_text() + "# another\n")

    assert project.changed() & set(DATA) == stages


def test_compiled_code_is_no_change(project: Project) -> None:
    cache = project / "src/labeler/transactions/__pycache__"
    cache.mkdir()
    (cache / "features.pyc").write_bytes(b"compiled")

    assert project.changed() & set(DATA) == set()


def test_too_many_rejects_stop_the_flow_before_prepare(project: Project) -> None:
    with_own_data(project)
    project.edit("params.yaml", "validation", "max_reject_share", value=0.0)
    (project / "data/statements/damaged.csv").write_bytes(b"id;nothing\r\n1;2\r\n")

    done = project.run("dvc", "repro", "prepare", is_checked=False)

    assert done.returncode != 0
    assert ran(done.stdout) == ["validate"]
    assert "rows are rejected, more than 0.0%" in done.stderr
    assert (project / "experiment/validation.json").is_file()


def test_a_changed_statement_runs_again_from_validate(project: Project) -> None:
    with_own_data(project)
    before = statements_md5(project)
    assert project.repro("prepare") == []

    change_a_statement(project)

    assert project.repro("prepare") == ["validate", "prepare"]
    assert statements_md5(project) != before


def test_the_data_version_is_what_dvc_says(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.directory)
    files = ExperimentFiles(Path("experiment"))

    def told() -> str | None:
        return data_version(read_record(DatasetInfo, files.dataset, step="prepare"), files, Path.cwd()).dvc

    assert told() == statements_md5(project) == directory_md5(project / "data/statements")
    with_own_data(project)
    assert told() == project.yaml("data/statements.dvc")["outs"][0]["md5"] == statements_md5(project)
    change_a_statement(project)
    assert told() is None, "it is not what was prepared"
