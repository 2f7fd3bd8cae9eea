"""Notebooks are committed as they were written: nothing that ran, no machine, links that lead somewhere."""

import ast
import importlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.source import ROOT, name
from tests.architecture.test_docs import IN_REPOSITORY, LINK, QUOTED

NOTEBOOKS = sorted(path for path in ROOT.glob("notebooks/**/*.ipynb") if ".ipynb_checkpoints" not in path.parts)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|Users|root|work|tmp|opt|mnt|srv|var)/|\b[A-Z]:[/\\]+Users\b")
KERNEL = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def test_notebooks_folder_is_not_empty() -> None:
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_notebook_is_committed_without_outputs(path: Path) -> None:
    code = [cell for cell in read(path)["cells"] if cell["cell_type"] == "code"]
    assert code
    assert [cell["id"] for cell in code if cell["outputs"] or cell["execution_count"] is not None] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_notebook_names_no_local_path(path: Path) -> None:
    assert read(path)["metadata"] == KERNEL | {"language_info": {"name": "python"}}
    assert MACHINE_PATH.findall(path.read_text(encoding="utf-8")) == []
    assert {key for cell in read(path)["cells"] for key in cell["metadata"]} <= {"tags"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_notebook_uses_synthetic_statements_by_default(path: Path) -> None:
    tagged = [cell for cell in read(path)["cells"] if "parameters" in cell["metadata"].get("tags", ())]
    assert len(tagged) == 1
    assert tagged[0]["source"][0].startswith("statements = None")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_links_and_paths_in_a_notebook_exist(path: Path) -> None:
    text = "\n".join("".join(cell["source"]) for cell in read(path)["cells"] if cell["cell_type"] == "markdown")
    links = LINK.findall(text)
    assert links
    assert [link for link in links if not (path.parent / link).exists()] == []
    named = [quoted for quoted in QUOTED.findall(text) if IN_REPOSITORY.fullmatch(quoted)]
    assert [quoted for quoted in named if not (ROOT / quoted).exists()] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=name)
def test_names_that_a_notebook_imports_from_the_project_exist(path: Path) -> None:
    lines = [line for cell in read(path)["cells"] if cell["cell_type"] == "code" for line in cell["source"]]
    code = "\n".join(line.rstrip("\n") for line in lines if not line.startswith("%"))
    imported = [
        (node.module, alias.name)
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("labeler")
        for alias in node.names
    ]
    assert imported
    assert [(module, name) for module, name in imported if not exists(module or "", name)] == []


def exists(module: str, name: str) -> bool:
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True
