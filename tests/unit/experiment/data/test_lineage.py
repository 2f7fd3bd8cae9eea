"""What is said of the data and the code that a model learnt from; what can't be proven is not said."""

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labeler.experiment.data import lineage
from labeler.experiment.data.days import ALL, Days
from labeler.experiment.data.lineage import data_version, directory_md5
from labeler.experiment.data.parts import FilesDigest, file_digests
from labeler.experiment.data.sources import blocks, open_source
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo

OF_TWO_FILES = "db2d52a17acbe4a369a9c90bffb0acc2.dir"
"""What DVC 3 says of a.csv with "a" in it and d/b.csv with "b"; test_dvc compares with DVC itself."""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data/in/d").mkdir(parents=True)
    (tmp_path / "data/in/a.csv").write_bytes(b"a")
    (tmp_path / "data/in/d/b.csv").write_bytes(b"b")
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # a hook that runs the tests sets them
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def git(project: Path, *arguments: str) -> str:
    author = ("-c", "user.name=A", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", project, *author, *arguments], capture_output=True, text=True, check=True)  # noqa: S607
    return done.stdout.strip()


def info_of(folder: str = "data/in", days: Days = ALL, **changed: Any) -> DatasetInfo:
    digest = FilesDigest()
    source = open_source("data/in", days=days)
    for entries in blocks(source):
        digest.add(entries, file_digests(entries, source.fetch(entries)))
    values: dict[str, Any] = {
        "task": "t",
        "features_digest": "f",
        "feature_names": ("x",),
        "reference_version": "1",
        "reference_sha256": "r",
        "statements_sha256": digest.hexdigest(),
        "files": 2,
        "accounts": 2,
        "rows": 2,
        "rows_rejected": 0,
        "parts": (),
        "source": folder,
        "pattern": "*.csv",
        "first_day": days.first,
        "last_day": days.last,
    }
    return DatasetInfo.model_validate(values | changed)


def dvc_of(project: Path, info: DatasetInfo) -> str | None:
    return data_version(info, ExperimentFiles(Path("experiment")), project).dvc


def lock(project: Path, **stages: Any) -> None:
    YAML().dump({"schema": "2.0", "stages": stages}, project / "dvc.lock")


def known(path: str, md5: str = "") -> dict[str, str]:
    return {"path": path, "hash": "md5", "md5": md5 or directory_md5(Path("data/in"))}


def test_the_hash_is_that_of_the_stage_that_prepared(project: Path) -> None:
    lock(
        project,
        statements={"outs": [known("data/in", "another.dir")]},
        prepare={"deps": [known("src"), known("data/in")], "outs": [known("experiment/prepared", "p.dir")]},
    )

    assert dvc_of(project, info_of()) == directory_md5(Path("data/in"))


def test_data_that_was_added_is_known_by_its_own_file(project: Path) -> None:
    YAML().dump({"outs": [known("in")]}, project / "data/in.dvc")

    assert dvc_of(project, info_of()) == directory_md5(Path("data/in"))
    assert dvc_of(project, info_of(str(project / "data/in"))) == directory_md5(Path("data/in"))


def test_files_of_chosen_days_are_proven_by_the_same_choice(project: Path) -> None:
    for day in ("2026-03-01", "2026-03-02"):
        (project / "data/in" / day).mkdir()
        (project / "data/in" / day / "a.csv").write_bytes(day.encode())
    lock(project, statements={"outs": [known("data/in")]})

    assert dvc_of(project, info_of(days=Days(last=date(2026, 3, 1)))) == directory_md5(Path("data/in"))


def test_a_hash_of_other_content_is_not_said(project: Path) -> None:
    lock(project, statements={"outs": [known("data/in")]})
    info = info_of()
    assert dvc_of(project, info) is not None

    assert dvc_of(project, info.model_copy(update={"statements_sha256": "0" * 64})) is None, "prepared from others"
    (project / "data/in/c.txt").write_bytes(b"not a statement, but DVC's")
    assert dvc_of(project, info) is None, "changed since DVC saw it"


def test_more_files_than_can_be_read_again_are_taken_on_dvcs_word(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lineage, "MAX_PROVEN_FILES", 1)
    lock(project, statements={"outs": [known("data/in", "trusted.dir")]})

    assert dvc_of(project, info_of()) == "trusted.dir"


@pytest.mark.parametrize("source", ["", "s3://bucket/prefix", "/somewhere/else"])
def test_data_that_dvc_can_not_know_has_no_hash(project: Path, source: str) -> None:
    lock(project, statements={"outs": [known("data/in")]})

    assert dvc_of(project, info_of(source)) is None


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", "stages:\n", "stages: {one: {}}\n"])
def test_a_lock_that_says_nothing_is_no_error(project: Path, text: str) -> None:
    (project / "dvc.lock").write_text(text)

    assert dvc_of(project, info_of()) is None


def test_the_commit_is_told_and_whether_the_code_differs_from_it(project: Path) -> None:
    def told() -> tuple[str | None, bool | None]:
        found = data_version(info_of(), ExperimentFiles(Path("experiment")), project)
        return found.git_commit, found.git_is_dirty

    assert told() == (None, None)
    git(project, "init", "--quiet")
    assert told() == (None, None), "nothing is committed yet"
    git(project, "add", ".")
    git(project, "commit", "--quiet", "--message", "one")
    commit = git(project, "rev-parse", "HEAD")
    assert told() == (commit, False)
    (project / "dvc.lock").write_text("schema: '2.0'\n")
    (project / "experiment").mkdir()
    (project / "experiment/metrics.json").write_text("{}")
    assert told() == (commit, False), "the steps write them while they run"
    (project / "data/in/a.csv").write_bytes(b"changed")
    assert told() == (commit, True)


def test_where_no_checkout_is_the_image_s_commit_is_told(project: Path) -> None:
    def told() -> tuple[str | None, bool | None]:
        found = data_version(info_of(), ExperimentFiles(Path("experiment")), project, image_commit="of-the-image")
        return found.git_commit, found.git_is_dirty

    assert told() == ("of-the-image", None)
    git(project, "init", "--quiet")
    git(project, "commit", "--quiet", "--allow-empty", "--message", "one")
    assert told()[0] == git(project, "rev-parse", "HEAD")


def test_without_git_nothing_is_told(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(project, "init", "--quiet")
    monkeypatch.setenv("PATH", str(project))

    found = data_version(info_of(), ExperimentFiles(Path("experiment")), project)

    assert (found.git_commit, found.git_is_dirty, found.reference_sha256) == (None, None, "r")


def test_a_folder_is_hashed_as_dvc_does(project: Path) -> None:
    assert directory_md5(project / "data/in") == OF_TWO_FILES
