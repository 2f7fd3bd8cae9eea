"""The commit of the code that trained, and whether the checkout differs from it."""

import subprocess
from pathlib import Path

import pytest

from labeler.experiment.data.lineage import data_version
from labeler.experiment.files import ExperimentFiles
from tests.unit.experiment.data.prepared_info import info_of


def git(project: Path, *arguments: str) -> str:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", project, *author, *arguments], capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()


def test_commit_is_dirty_only_when_files_other_than_outputs_changed(project: Path) -> None:
    def state() -> tuple[str | None, bool | None]:
        version = data_version(info_of(), ExperimentFiles(Path("data/experiment")), project)
        return version.git_commit, version.git_is_dirty

    assert state() == (None, None)
    git(project, "init", "--quiet")
    assert state() == (None, None), "nothing is committed yet"
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    commit = git(project, "rev-parse", "HEAD")
    assert state() == (commit, False)
    (project / "dvc.lock").write_text("schema: '2.0'\n")
    (project / "data/experiment").mkdir()
    (project / "data/experiment/metrics.json").write_text("{}")
    assert state() == (commit, False), "the steps write them while they run"
    (project / "data/in/a.csv").write_bytes(b"changed")
    assert state() == (commit, True)


def test_commit_is_the_image_s_when_there_is_no_checkout(project: Path) -> None:
    def state() -> tuple[str | None, bool | None]:
        version = data_version(
            info_of(), ExperimentFiles(Path("data/experiment")), project, image_commit="of-the-image"
        )
        return version.git_commit, version.git_is_dirty

    assert state() == ("of-the-image", None)
    git(project, "init", "--quiet")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "one")
    assert state()[0] == git(project, "rev-parse", "HEAD")


def test_commit_is_unknown_without_git(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(project, "init", "--quiet")
    monkeypatch.setenv("PATH", str(project))

    version = data_version(info_of(), ExperimentFiles(Path("data/experiment")), project)

    assert (version.git_commit, version.git_is_dirty, version.reference_sha256) == (None, None, "r")
