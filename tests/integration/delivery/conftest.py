"""Delivery's scripts with programs that write down how they were called, in the place of AWS's, docker's and ours."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str
    calls: list[str]
    """Each program and its arguments, in order."""


Run = Callable[..., Ran]


@dataclass(frozen=True)
class Programs:
    folder: Path

    def add(self, name: str, script: str = "") -> None:
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.folder}/calls"\n{script}\n')
        path.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    (tmp_path / "programs").mkdir()
    return Programs(tmp_path / "programs")


@pytest.fixture
def run(programs: Programs, tmp_path: Path) -> Run:
    """Runs one of delivery's scripts, or a program by its path, in the test's folder."""

    def run_script(
        script: str | Path, *arguments: str, stdin: str = "", environment: Mapping[str, str] | None = None
    ) -> Ran:
        path = f"{programs.folder}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(
            [ROOT / ".github/delivery" / script, *arguments],
            cwd=tmp_path,
            env={"PATH": path, "HOME": str(tmp_path), **(environment or {})},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        log = programs.folder / "calls"
        return Ran(done.returncode, done.stdout, done.stderr, log.read_text().splitlines() if log.exists() else [])

    return run_script
