"""Where PostgreSQL's programs are taken from."""

from pathlib import Path

import pytest

from labeler.errors import SettingsError
from labeler_local.emulator import postgres_host
from labeler_local.emulator.postgres import Postgres
from labeler_local.emulator.postgres_host import find_programs


def test_missing_postgres_programs_hint_at_the_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(postgres_host, "DEBIAN", tmp_path / "postgresql")

    with pytest.raises(SettingsError, match=r"initdb and postgres are neither on PATH.*apt install postgresql"):
        Postgres(tmp_path / "postgres", tmp_path / "logs")

    assert list(tmp_path.iterdir()) == []


def test_programs_on_path_are_preferred_then_the_newest_complete_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(version: str, *programs: str) -> Path:
        folder = tmp_path / "postgresql" / version / "bin"
        folder.mkdir(parents=True)
        for program in programs:
            (folder / program).touch(mode=0o755)
        return folder

    monkeypatch.setattr(postgres_host, "DEBIAN", tmp_path / "postgresql")
    monkeypatch.setenv("PATH", str(tmp_path))
    installed("9", "initdb", "postgres")
    newest = installed("15", "initdb", "postgres")
    installed("17", "postgres")
    assert find_programs() == newest

    own = installed("own", "initdb", "postgres")
    monkeypatch.setenv("PATH", str(own))
    assert find_programs() == own
