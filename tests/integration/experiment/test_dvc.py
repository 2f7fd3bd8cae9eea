"""Data preparation under DVC: a change runs only the stages that depend on it."""

import shutil
from pathlib import Path

import pytest

from labeler.experiment.data.dvc_hash import directory_md5
from labeler.experiment.data.lineage import data_version
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from tests.integration.experiment.dvc_project import (
    OUTPUTS,
    Project,
    change_a_statement,
    new_project,
    stages_in,
    statements_md5,
    use_own_statements,
)

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(600)]
DATA = ["statements", "validate", "prepare"]


@pytest.fixture(scope="module")
def prepared_project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Reproduced up to `prepare` and committed; tests work on copies."""
    project = new_project(tmp_path_factory.mktemp("dvc") / "project")
    assert project.repro("prepare") == DATA
    project.commit("prepared")
    return project


@pytest.fixture
def project(prepared_project: Project, tmp_path: Path) -> Project:
    shutil.copytree(prepared_project.directory, tmp_path / "project", symlinks=True)
    return prepared_project.at(tmp_path / "project")


def test_second_repro_runs_nothing(project: Project) -> None:
    assert project.repro("prepare") == []
    assert project.changed() & set(DATA) == set()
    assert project.git("status", "--porcelain") == ""


def test_changed_parameters_of_later_steps_run_no_data_stage(project: Project) -> None:
    project.edit("params.yaml", "split", "seed", value=7)
    project.edit("params.yaml", "training", "max_rows", value=1000)

    assert project.repro("prepare") == []


def test_changed_bound_of_rejects_runs_validate_again(project: Project) -> None:
    project.edit("params.yaml", "validation", "max_reject_share", value=0.01)

    assert project.repro("validate") == ["validate"]


@pytest.mark.parametrize(
    ("module", "stages"),
    [
        ("labeler/transactions/features.py", {"validate", "prepare"}),
        ("labeler_local/synthetic/rows.py", {"statements"}),
        ("labeler/experiment/data/sources.py", {"validate", "prepare"}),
        ("labeler/experiment/data/parts.py", {"prepare"}),
        ("labeler/experiment/data/validate.py", {"validate"}),
        ("labeler/experiment/evaluation/gate.py", set()),
        ("labeler/worker/consume.py", set()),
    ],
)
def test_changed_module_runs_the_stages_that_depend_on_it(project: Project, module: str, stages: set[str]) -> None:
    path = project / "src" / module
    path.write_text(path.read_text() + "# another\n")

    assert project.changed() & set(DATA) == stages


def test_compiled_code_is_not_a_change(project: Project) -> None:
    cache = project / "src/labeler/transactions/__pycache__"
    cache.mkdir()
    (cache / "features.pyc").write_bytes(b"compiled")

    assert project.changed() & set(DATA) == set()


def test_too_many_rejects_stop_repro_before_prepare(project: Project) -> None:
    use_own_statements(project)
    project.edit("params.yaml", "validation", "max_reject_share", value=0.0)
    (project / "data/statements/damaged.csv").write_bytes(b"id;nothing\r\n1;2\r\n")

    done = project.run("dvc", "repro", "prepare", is_checked=False)

    assert done.returncode != 0
    assert stages_in(done.stdout) == ["validate"]
    assert "rows are rejected, more than 0.0%" in done.stderr
    assert (project / OUTPUTS / "validation.json").is_file()


def test_changed_statement_runs_validate_and_prepare_again(project: Project) -> None:
    use_own_statements(project)
    before = statements_md5(project)
    assert project.repro("prepare") == []

    change_a_statement(project)

    assert project.repro("prepare") == ["validate", "prepare"]
    assert statements_md5(project) != before


def test_data_version_is_the_hash_of_dvc(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.directory)
    files = ExperimentFiles(Path(OUTPUTS))

    def version() -> str | None:
        return data_version(read_record(DatasetInfo, files.dataset, step="prepare"), files, Path.cwd()).dvc

    assert version() == statements_md5(project) == directory_md5(project / "data/statements")
    use_own_statements(project)
    assert version() == project.yaml("data/statements.dvc")["outs"][0]["md5"] == statements_md5(project)
    change_a_statement(project)
    assert version() is None, "other statements were prepared"
