"""The hash by which DVC knows the prepared files; one that can't be verified is not reported."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labeler.experiment.data import dvc_hash as hashing
from labeler.experiment.data.days import Days
from labeler.experiment.data.dvc_hash import directory_md5, dvc_hash
from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import DatasetInfo
from tests.unit.experiment.data.prepared_info import info_of

HASH_OF_TWO_FILES = "db2d52a17acbe4a369a9c90bffb0acc2.dir"
"""DVC 3's of a.csv with "a" in it and d/b.csv with "b"; tests/integration/experiment/test_dvc.py compares with DVC itself."""


def dvc_of(project: Path, info: DatasetInfo) -> str | None:
    return dvc_hash(info, ExperimentFiles(Path("data/experiment")), project)


def lock(project: Path, **stages: Any) -> None:
    YAML().dump({"schema": "2.0", "stages": stages}, project / "dvc.lock")


def known(path: str, md5: str = "") -> dict[str, str]:
    return {"path": path, "hash": "md5", "md5": md5 or directory_md5(Path("data/in"))}


def test_hash_is_the_one_that_dvc_recorded_for_prepare(project: Path) -> None:
    lock(
        project,
        statements={"outs": [known("data/in", "another.dir")]},
        prepare={"deps": [known("src"), known("data/in")], "outs": [known("data/experiment/prepared", "p.dir")]},
    )

    assert dvc_of(project, info_of()) == directory_md5(Path("data/in"))


def test_hash_of_added_data_comes_from_its_dvc_file(project: Path) -> None:
    YAML().dump({"outs": [known("in")]}, project / "data/in.dvc")

    assert dvc_of(project, info_of()) == directory_md5(Path("data/in"))
    assert dvc_of(project, info_of(str(project / "data/in"))) == directory_md5(Path("data/in"))


def test_hash_is_verified_over_the_chosen_days_only(project: Path) -> None:
    for day in ("2026-03-01", "2026-03-02"):
        (project / "data/in" / day).mkdir()
        (project / "data/in" / day / "a.csv").write_bytes(day.encode())
    lock(project, statements={"outs": [known("data/in")]})

    assert dvc_of(project, info_of(days=Days(last=date(2026, 3, 1)))) == directory_md5(Path("data/in"))


def test_hash_of_changed_content_is_not_reported(project: Path) -> None:
    lock(project, statements={"outs": [known("data/in")]})
    info = info_of()
    assert dvc_of(project, info) is not None

    assert dvc_of(project, info.model_copy(update={"statements_sha256": "0" * 64})) is None, "prepared from others"
    (project / "data/in/c.txt").write_bytes(b"not a statement, but DVC's")
    assert dvc_of(project, info) is None, "changed since DVC saw it"


def test_hash_of_too_many_files_is_reported_unverified(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashing, "MAX_VERIFIED_FILES", 1)
    lock(project, statements={"outs": [known("data/in", "trusted.dir")]})

    assert dvc_of(project, info_of()) == "trusted.dir"


@pytest.mark.parametrize("source", ["", "s3://bucket/prefix", "/somewhere/else"])
def test_data_outside_the_project_has_no_hash(project: Path, source: str) -> None:
    lock(project, statements={"outs": [known("data/in")]})

    assert dvc_of(project, info_of(source)) is None


@pytest.mark.parametrize("text", ["", "[1, 2]", "a: [", "stages:\n", "stages: {one: {}}\n"])
def test_lock_without_stages_gives_no_hash(project: Path, text: str) -> None:
    (project / "dvc.lock").write_text(text)

    assert dvc_of(project, info_of()) is None


def test_directory_md5_equals_the_hash_of_dvc(project: Path) -> None:
    assert directory_md5(project / "data/in") == HASH_OF_TWO_FILES
