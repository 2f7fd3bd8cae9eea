"""The stages of dvc.yaml: the code that they name, and the code that they run."""

import ast
from functools import cache
from typing import Any

from ruamel.yaml import YAML

from tests.architecture.source import PACKAGE, ROOT, tree

STAGES: dict[str, tuple[str, ...]] = {
    "validate": ("experiment.data.validate",),
    "prepare": ("experiment.data.prepare",),
    "train": ("experiment.training.plan", "experiment.training.train"),
    "evaluate": ("experiment.evaluation.evaluate",),
    "gate": ("experiment.evaluation.gate",),
    "report": ("experiment.evaluation.report",),
}
"""The modules below labeler that a stage's commands call."""
PACKAGES = ("experiment", "models")
"""Below labeler: stages name the modules of these one by one, and the task as a whole."""
WITHOUT_EFFECT = {
    "experiment.files",
    "experiment.data.lineage",
    "experiment.params",
    "experiment.records",
    "experiment.training.run_metadata",
    "experiment.yaml_files",
    "models.artifacts",
    "models.registry",
}
"""Code that says where results go and where they came from, or checks parameters: no result depends on it."""


def pipeline() -> dict[str, Any]:
    stages: dict[str, Any] = YAML(typ="safe").load(ROOT / "dvc.yaml")
    return stages


@cache
def imported(module: str) -> frozenset[str]:
    """Modules of PACKAGES that a module imports itself, by their names below labeler."""
    path = (PACKAGE / module.replace(".", "/")).with_suffix(".py")
    names = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labeler."):
            below = (node.module or "").removeprefix("labeler.")
            names |= {below, *(f"{below}.{alias.name}" for alias in node.names)}
    return frozenset(name for name in names if name.startswith(PACKAGES) and is_module(name))


def is_module(name: str) -> bool:
    return (PACKAGE / name.replace(".", "/")).with_suffix(".py").is_file()


def code_of(stage: str) -> set[str]:
    """Everything that the stage's modules import, and they themselves."""
    waiting, seen = list(STAGES[stage]), set[str]()
    while waiting:
        module = waiting.pop()
        if module not in seen | WITHOUT_EFFECT:
            seen.add(module)
            waiting += imported(module)
    return seen


def named(stage: str) -> set[str]:
    """Modules of PACKAGES that the stage depends on in dvc.yaml."""
    prefixes = tuple(f"src/labeler/{package}/" for package in PACKAGES)
    paths = [dep for dep in pipeline()["stages"][stage]["deps"] if str(dep).startswith(prefixes)]
    return {module_name(path.removeprefix("src/labeler/")) for path in paths}


def module_name(path: str) -> str:
    return path.removesuffix(".py").replace("/", ".")


def upstream(stage: str) -> set[str]:
    """The stages that write this stage's inputs, directly or not; a change there arrives with them."""
    stages = pipeline()["stages"]
    direct = {
        other
        for other, content in stages.items()
        for out in content["outs"]
        for dep in stages[stage]["deps"]
        if other != stage and is_within(dep, out)
    }
    return direct.union(*(upstream(other) for other in direct))


def is_within(dep: object, out: str) -> bool:
    return dep == out or str(dep).startswith(f"{out}/")
