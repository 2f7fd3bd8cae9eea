"""Delivery's scripts with programs that write down how they were called, in the place of AWS's, docker's and ours."""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

RELEASE = "build/release.json"


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str
    calls: list[str]
    """Each program and its arguments, in order."""


Run = Callable[..., Ran]
Make = Callable[..., Ran]


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


@pytest.fixture
def make(programs: Programs, run: Run, tmp_path: Path) -> Make:
    """`make(target, ...)` in a checkout with a build, whose environments are these programs."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / ".github/delivery", tmp_path / ".github/delivery")
    (tmp_path / "build").mkdir()
    (tmp_path / RELEASE).write_text("{}")
    for name in ("cdk", "labeler", "skopeo", "make"):
        programs.add(name)
    programs.add("aws", '[ "$1" = ssm ] && exec sleep 10\necho i-1')
    folder = programs.folder
    ready = {name: folder / name.lower() for name in ("READY", "CDK_READY", "TOOLS_READY", "CDK")}
    variables = [f"{name}={path}" for name, path in (dict.fromkeys(("BIN", "NODE", "TOOLS"), folder) | ready).items()]
    old = [argument for path in ready.values() for argument in ("-o", str(path))]
    environment = {"LABELER_REGISTRY_URI": "http://registry", "DAGS_URI": "s3://airflow/dags", "RELEASE": "0.1.0"}
    itself = Path(str(shutil.which("make")))

    def call_make(target: str, *arguments: str, **named: str) -> Ran:
        return run(itself, *old, *variables, target, *(arguments or ("STAGE=dev",)), environment=environment | named)

    return call_make
