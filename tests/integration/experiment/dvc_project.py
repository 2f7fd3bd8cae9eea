"""A git repository with this project's dvc.yaml in it, of fewer accounts, and the two tools that work on it."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from labeler_local.emulator.environment import complete
from tests.architecture.source import ROOT

COPIED_FILES = (
    *("dvc.yaml", "params.yaml", "gate.yaml", "requirements.lock"),
    *(".dvcignore", ".gitignore", ".dvc/config", ".dvc/.gitignore", "data/.gitignore"),
)
COPIED_FOLDERS = ("src/labeler", "src/labeler_local/synthetic")
OUTPUTS = "data/experiment"
ACCOUNTS = 24
BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Project:
    directory: Path
    environ: Mapping[str, str] = field(default_factory=dict)

    def __truediv__(self, name: str) -> Path:
        return self.directory / name

    def at(self, directory: Path, **environ: str) -> "Project":
        return Project(directory, {**self.environ, **environ})

    def run(self, *command: str, is_checked: bool = True) -> "subprocess.CompletedProcess[str]":
        own = {
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
            "DVC_SITE_CACHE_DIR": str(self.directory.parent / "site"),
            "DVC_GLOBAL_CONFIG_DIR": str(self.directory.parent / "global"),
            "DVC_SYSTEM_CONFIG_DIR": str(self.directory.parent / "system"),
            "GIT_CONFIG_GLOBAL": os.devnull,
            **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
        }
        done = subprocess.run(
            command,
            cwd=self.directory,
            env=complete(own | dict(self.environ), without=("GIT_", "DVC_")),
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert not is_checked or done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
        return done

    def git(self, *arguments: str) -> str:
        return self.run("git", *arguments).stdout.strip()

    def commit(self, message: str) -> str:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        return self.git("rev-parse", "HEAD")

    def dvc(self, *arguments: str) -> str:
        return self.run("dvc", *arguments).stdout

    def repro(self, *targets: str) -> list[str]:
        """The stages that ran."""
        return stages_in(self.dvc("repro", *targets))

    def changed(self) -> set[str]:
        """The stages that DVC would run, by what changed directly."""
        status = self.run("dvc", "status", "--json").stdout
        return set(re.findall(r'"(\w+)": \[', status)) & set(self.yaml("dvc.yaml")["stages"])

    def yaml(self, name: str) -> Any:
        return YAML(typ="safe").load(self / name)

    def json(self, name: str) -> Any:
        return json.loads((self / name).read_bytes())

    def edit(self, name: str, *path: str, value: Any) -> None:
        """One value of a YAML file; None removes it."""
        content = self.yaml(name)
        place = content
        for step in path[:-1]:
            place = place[step]
        if value is None:
            del place[path[-1]]
        else:
            place[path[-1]] = value
        YAML().dump(content, self / name)

    def digests(self, folder: str) -> dict[str, str]:
        root = self / folder
        files = sorted(path for path in root.rglob("*") if path.is_file())
        return {path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def stages_in(output: str) -> list[str]:
    """The stages that ran, by what `dvc repro` prints."""
    return re.findall(r"Running stage '(\w+)'", output)


TRIVIAL: dict[str, Any] = {
    "family": "extra_trees",
    "preparation": ["plain"],
    "parameters": {"n_estimators": 3, "max_leaf_nodes": 20},
}


def new_project(directory: Path) -> Project:
    """Committed, nothing has run; with one candidate that is trained at once."""
    for name in COPIED_FILES:
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, directory / name)
    for name in COPIED_FOLDERS:
        shutil.copytree(ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    project = Project(directory)
    text = (directory / "dvc.yaml").read_text()
    (directory / "dvc.yaml").write_text(text.replace("--files 1000", f"--files {ACCOUNTS}"))
    project.edit("params.yaml", "candidates", value={"trivial": TRIVIAL})
    project.edit("params.yaml", "evaluation", "bootstrap_samples", value=100)
    project.git("init", "--quiet")
    project.commit("as in the project")
    return project


def use_own_statements(project: Project) -> None:
    """In place of those that a stage generates, as dvc.yaml describes it."""
    project.dvc("remove", "--quiet", "statements")
    project.dvc("add", "--quiet", "data/statements")


def statements_md5(project: Project) -> str:
    deps = project.yaml("dvc.lock")["stages"]["prepare"]["deps"]
    return next(dep["md5"] for dep in deps if dep["path"] == "data/statements")


def change_a_statement(project: Project) -> None:
    path = project / "data/statements/account-0000003.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.unlink()  # DVC's cache may be what the path links to
    path.write_bytes(b"".join(lines[:-1]))
