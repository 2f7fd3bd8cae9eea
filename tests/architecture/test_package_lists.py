"""Lists of packages, modules and kinds of tests name all that exist, and nothing that is gone."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGE, ROOT, name, tree

ENTRY = re.compile(r"^ *(\w+(?:\.py|/)) ", re.MULTILINE)
"""A line of a list: a module or a folder, and what it is for."""


def contents(folder: Path) -> list[str]:
    """Modules, and folders with modules, as the lists write them."""
    modules = [path.name for path in folder.glob("*.py") if not path.name.startswith("__")]
    folders = [f"{path.name}/" for path in folder.iterdir() if path.is_dir() and any(path.rglob("*.py"))]
    return sorted(modules + folders)


TREES = (PACKAGE, ROOT / "src/labeler_local", ROOT / "cdk")
INITS = sorted(path for tree_root in TREES for path in tree_root.rglob("__init__.py"))
PACKAGES = [path.parent for path in INITS if path.parent not in TREES[:2]]
"""The two at the top are listed by docs/architecture.md."""


def test_architecture_page_lists_every_package() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    listed = re.findall(r"^src/labeler/\n((?: .*\n)+)", page, re.MULTILINE)
    assert len(listed) == 1
    assert sorted(ENTRY.findall(listed[0])) == contents(PACKAGE)


@pytest.mark.parametrize("folder", PACKAGES, ids=name)
def test_package_docstring_lists_its_modules(folder: Path) -> None:
    """At the top of its `__init__.py`: one line for each module, `name.py  what it is for`."""
    docstring = ast.get_docstring(tree(folder / "__init__.py")) or ""
    assert sorted(ENTRY.findall(docstring)) == contents(folder)


def test_tests_readme_lists_every_kind_of_test() -> None:
    page = (ROOT / "tests/README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \w+ \| `tests/(\w+/?)[^`]*` \|", page, re.MULTILINE)
    assert sorted(f"{row.rstrip('/')}/" for row in rows) == [
        entry for entry in contents(ROOT / "tests") if entry.endswith("/")
    ]
