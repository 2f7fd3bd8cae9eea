"""dvc.yaml names all code that a stage's result depends on, and only files that exist."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.training.plan import CODE
from tests.architecture.source import ROOT

STAGES: dict[str, tuple[str, ...]] = {
    "validate": ("data.validate",),
    "prepare": ("data.prepare",),
    "train": ("training.plan", "training.train"),
    "evaluate": ("evaluation.evaluate",),
    "gate": ("evaluation.gate",),
    "report": ("evaluation.report",),
}
"""The modules of labeler.experiment that a stage's commands call."""
NO_RESULT = {
    "experiment.files",
    "experiment.data.lineage",
    "experiment.params",
    "experiment.records",
    "experiment.training.run_facts",
    "registry",
}
"""Code that says where results go and where they came from, or checks parameters: it makes none."""
MODELS = ROOT / "src/labeler/models"


def pipeline() -> dict[str, Any]:
    found: dict[str, Any] = YAML(typ="safe").load(ROOT / "dvc.yaml")
    return found


@cache
def imported(module: str) -> frozenset[str]:
    """Modules of labeler.models that a module imports itself, by their names below it."""
    path = (MODELS / module.replace(".", "/")).with_suffix(".py")
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labeler.models"):
            below = (node.module or "").removeprefix("labeler.models").lstrip(".")
            found |= {below, *(f"{below}.{alias.name}".lstrip(".") for alias in node.names)}
    return frozenset(name for name in found if (MODELS / name.replace(".", "/")).with_suffix(".py").is_file())


def code_of(stage: str) -> set[str]:
    """Everything that the stage's modules import, and they themselves."""
    waiting, seen = [f"experiment.{name}" for name in STAGES[stage]], set[str]()
    while waiting:
        module = waiting.pop()
        if module not in seen | NO_RESULT:
            seen.add(module)
            waiting += imported(module)
    return seen


def named(stage: str) -> set[str]:
    paths = [Path(dep) for dep in pipeline()["stages"][stage]["deps"] if str(dep).startswith("src/labeler/models")]
    return {".".join((ROOT / path).relative_to(MODELS).with_suffix("").parts) for path in paths}


def before(stage: str) -> set[str]:
    """What makes this stage's inputs, however far before; a change there arrives with them."""
    stages = pipeline()["stages"]
    makers = {
        other
        for other, content in stages.items()
        for out in content["outs"]
        for dep in stages[stage]["deps"]
        if other != stage and (dep == out or str(dep).startswith(f"{out}/"))
    }
    return makers.union(*(before(maker) for maker in makers))


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_names_the_code_that_it_runs(stage: str) -> None:
    known = named(stage).union(*(named(other) for other in before(stage)))

    assert code_of(stage) - known == set()
    assert named(stage) - code_of(stage) == set(), "a dependency that does nothing runs stages for nothing"


def test_an_experiment_s_id_follows_from_all_code_that_trains() -> None:
    assert {".".join(Path(name).with_suffix("").parts) for name in CODE} == named("train") == code_of("train")


@pytest.mark.parametrize("stage", ["train", "evaluate"])
def test_another_version_of_a_library_trains_and_judges_again(stage: str) -> None:
    assert "requirements.lock" in pipeline()["stages"][stage]["deps"]


@pytest.mark.parametrize("stage", ["statements", *STAGES])
def test_what_a_stage_depends_on_exists_or_is_made(stage: str) -> None:
    stages = pipeline()["stages"]
    made = [out for content in stages.values() for out in content["outs"]]
    missing = [
        dep
        for dep in stages[stage]["deps"]
        if not (ROOT / dep).exists() and not any(dep == out or str(dep).startswith(f"{out}/") for out in made)
    ]

    assert missing == []


def test_stages_and_commands_name_the_same_files() -> None:
    files = ExperimentFiles(Path("experiment"))
    outs = {Path(out) for content in pipeline()["stages"].values() for out in content["outs"]}

    assert outs - {Path("data/statements")} == {
        files.validation,
        files.prepared,
        files.plan,
        files.candidates,
        files.evaluation.parent,
        files.verdict,
        files.report,
    }
    assert pipeline()["stages"]["evaluate"]["metrics"] == [{str(files.metrics): {"cache": False}}]


@pytest.mark.parametrize("stage", ["statements", *STAGES])
def test_a_stage_s_commands_exist_with_their_options(stage: str) -> None:
    commands = pipeline()["stages"][stage]["cmd"]
    for command in [commands] if isinstance(commands, str) else commands:
        words = command.split(" || ")[0].split()
        assert words[0] == "labeler"
        group = [word for word in words[1:4] if not word.startswith("-") and "/" not in word]
        done = subprocess.run(
            [sys.executable, "-m", "labeler", *group, "--help"],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={"COLUMNS": "300", "PATH": ""},
        )
        assert done.returncode == 0, done.stderr
        assert [word for word in words if word.startswith("--") and word not in done.stdout] == []


def test_the_stage_of_synthetic_statements_can_be_removed() -> None:
    """`dvc remove` refuses a stage with variables in it."""
    assert "${" not in (ROOT / "dvc.yaml").read_text()
