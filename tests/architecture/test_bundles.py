"""A Lambda function is deployed with the packages that it imports, and deployed again only when one of them changes."""

import ast
import shutil
from pathlib import Path

import pytest

from cdk.run import bundle
from labeler.settings import DEFAULT_TASK
from tests.architecture.reached import all_modules, reached_modules
from tests.architecture.source import ROOT, fresh_interpreter, name, tree

FUNCTIONS = sorted(path.parent.name for path in ROOT.glob("functions/*/handler.py"))
NEVER_BUNDLED = ("src/labeler_local", "src/labeler/cli", "src/labeler/experiment")

pytestmark = pytest.mark.parametrize("function", FUNCTIONS)


def imported_modules(handler: Path) -> set[str]:
    """Of labeler."""
    imported = set()
    for node in ast.walk(tree(handler)):
        if isinstance(node, ast.Import):
            imported |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom) and node.module:
            # a module, or something in one
            imported |= ({f"{node.module}.{alias.name}" for alias in node.names} & all_modules()) or {node.module}
    return imported & all_modules()


def modules_of(function: str) -> set[str]:
    """Everything that the handler may import at last."""
    return reached_modules(imported_modules(ROOT / "functions" / function / "handler.py"))


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of all that a digest could depend on."""
    for folder in ("functions", "src"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "requirements.lock", tmp_path)
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    return tmp_path


def files_that_change_the_digest(function: str, files: list[Path]) -> list[Path]:
    before, changing = bundle.digest_of(function), []
    for file in files:
        content = file.read_bytes()
        file.write_bytes(content + b"\n# changed\n")
        if bundle.digest_of(function) != before:
            changing.append(file)
        file.write_bytes(content)
    assert bundle.digest_of(function) == before, "the same sources have the same digest"
    return changing


def test_packages_are_exactly_those_that_the_handler_reaches(function: str) -> None:
    """At the granularity of labeler's own packages and modules: `labeler.manifest`, `labeler.errors`."""
    reached = {".".join(module.split(".")[:2]) for module in modules_of(function)} - {"labeler"}
    listed = bundle.packages(function)
    assert {"missing": reached - set(listed), "superfluous": set(listed) - reached} == {
        "missing": set(),
        "superfluous": set(),
    }
    assert listed == sorted(set(listed))


def test_bundle_imports_without_the_rest_of_labeler(function: str, tmp_path: Path) -> None:
    bundle.copy_code(function, tmp_path)
    elsewhere = fresh_interpreter(
        f"""
import importlib, json, sys
sys.path.insert(0, {str(tmp_path)!r})
import handler
for module in {sorted(modules_of(function))!r}:
    importlib.import_module(module)
if "labeler.task" in sys.modules:
    assert sys.modules["labeler.task"].load_task({DEFAULT_TASK!r}).default_reference()
own = [module for name, module in sys.modules.items() if name == "handler" or name.split(".")[0] == "labeler"]
print(json.dumps([module.__file__ for module in own if not module.__file__.startswith({str(tmp_path)!r})]))
"""
    )
    assert elsewhere == []


@pytest.mark.parametrize("folder", NEVER_BUNDLED)
def test_editing_what_a_function_never_imports_leaves_its_digest(function: str, folder: str, checkout: Path) -> None:
    files = [path for path in (checkout / folder).rglob("*") if path.is_file()]
    assert len(files) > 10
    assert files_that_change_the_digest(function, files) == []


def test_editing_any_file_of_a_bundle_changes_its_digest(function: str, checkout: Path) -> None:
    own = [checkout / "functions" / function / file for file in ("handler.py", "requirements.txt")]
    files = [*bundle.source_files(function), *own, checkout / "requirements.lock"]
    assert len(files) > 10
    assert files_that_change_the_digest(function, files) == files


def test_bundled_sources_include_every_reached_module(function: str) -> None:
    sources = {name(path) for path in bundle.source_files(function)}
    missing = {
        module
        for module in modules_of(function)
        if not sources & {f"src/{module.replace('.', '/')}{end}" for end in (".py", "/__init__.py")}
    }
    assert missing == set()


def test_packages_that_do_not_exist_are_refused(function: str, checkout: Path) -> None:
    with (checkout / "functions" / function / "packages.txt").open("a") as listed:
        listed.write("labeler.nowhere\n")
    with pytest.raises(ValueError, match=r"there is no labeler\.nowhere"):
        bundle.digest_of(function)
