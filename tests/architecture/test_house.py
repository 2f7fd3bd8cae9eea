"""The lists of the house are whole: who looks for a room, a module or a kind of test finds it, and nothing that is gone."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, tree

ENTRY = re.compile(r"^ *(\w+(?:\.py|/)) ", re.MULTILINE)
"""A line of a list: a module or a folder, and what it is for."""


def contents(folder: Path) -> list[str]:
    """Modules, and folders with modules, as the lists write them."""
    modules = [path.name for path in folder.glob("*.py") if not path.name.startswith("__")]
    folders = [f"{path.name}/" for path in folder.iterdir() if path.is_dir() and any(path.rglob("*.py"))]
    return sorted(modules + folders)


ROOMS = [entry.rstrip("/") for entry in contents(PACKAGE) if entry.endswith("/")]


def test_the_drawing_of_the_house_names_every_module_and_room() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    drawn = re.findall(r"^src/labeler/\n((?: .*\n)+)", page, re.MULTILINE)
    assert len(drawn) == 1
    assert sorted(ENTRY.findall(drawn[0])) == contents(PACKAGE)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_lists_its_modules(room: str) -> None:
    """At the top of its `__init__.py`: one line for each module, `name.py  what it is for`."""
    sign = ast.get_docstring(tree(PACKAGE / room / "__init__.py")) or ""
    assert sorted(ENTRY.findall(sign)) == contents(PACKAGE / room)


@pytest.mark.parametrize(
    "room", sorted(path.parent for path in (ROOT / "cdk").rglob("__init__.py")), ids=lambda path: path.name
)
def test_package_of_the_infrastructure_lists_its_modules(room: Path) -> None:
    sign = ast.get_docstring(tree(room / "__init__.py")) or ""
    assert sorted(ENTRY.findall(sign)) == contents(room)


def test_every_kind_of_test_has_its_row() -> None:
    page = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \w+ \| `tests/(\w+/?)[^`]*` \|", page, re.MULTILINE)
    assert sorted(f"{row.rstrip('/')}/" for row in rows) == [
        entry for entry in contents(ROOT / "tests") if entry.endswith("/")
    ]
