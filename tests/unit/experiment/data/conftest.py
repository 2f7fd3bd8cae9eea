"""A folder with two statements, as DVC and git would track it."""

from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "data/in/d").mkdir(parents=True)
    (tmp_path / "data/in/a.csv").write_bytes(b"a")
    (tmp_path / "data/in/d/b.csv").write_bytes(b"b")
    monkeypatch.chdir(tmp_path)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):  # a hook that runs the tests sets them
        monkeypatch.delenv(name, raising=False)
    return tmp_path
