"""Who may import whom: the contracts of pyproject.toml, and what an import may cost and do."""

import ast
import subprocess
import sys
from pathlib import Path

import grimp
import pytest

from tests.architecture.source import ROOT, fresh_interpreter, modules, name, python_files, tree

HANDLERS = sorted(ROOT.glob("functions/*/handler.py"))
HEAVY = ("mlflow", "moto", "numpy", "obstore", "pandas", "pyarrow", "scipy", "skops", "sklearn")


def test_import_contracts_hold() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(lint), "--no-cache", "--no-logo"], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_modules_import_each_other_in_a_cycle() -> None:
    """Imports in functions and under TYPE_CHECKING count, too."""
    graph = grimp.build_graph("labeler", "labeler_local", cache_dir=None)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) > 200
    loaded = {module: {part for name in names for part in loaded_by(module, name)} for module, names in imports.items()}
    assert sorted(modules_in_cycles(loaded)) == []


def loaded_by(importer: str, imported: str) -> set[str]:
    """The imported module and the packages whose `__init__` runs before it. Those of the importer run already."""
    parts = imported.split(".")
    names = {".".join(parts[:length]) for length in range(1, len(parts) + 1)}
    return {name for name in names if not f"{importer}.".startswith(f"{name}.")} | {imported}


def modules_in_cycles(imports: dict[str, set[str]]) -> set[str]:
    """What is left when modules without an import and modules without an importer are removed again and again."""
    left = set(imports)
    while True:
        imported = {name for module in left for name in imports[module]}
        kept = {module for module in left & imported if imports[module] & left}
        if kept == left:
            return left
        left = kept


def test_modules_in_cycles_finds_a_cycle_and_nothing_else() -> None:
    imports = {"a": {"b"}, "b": {"c", "d"}, "c": {"b"}, "d": set[str](), "e": {"e.x"}, "e.x": {"d"}}
    assert modules_in_cycles(imports) == {"b", "c"}
    assert modules_in_cycles({"e": {"e.x"}, "e.x": {"e"}}) == {"e", "e.x"}, "a package and its own module"


def test_no_module_imports_the_functions() -> None:
    """They are the outermost layer: the local AWS runs their files, as Lambda does."""
    importers = [
        name(path)
        for path in python_files("src", "functions")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for imported in ([alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""])
        if imported.split(".")[0] == "functions"
    ]
    assert importers == []


@pytest.mark.parametrize("handler", HANDLERS, ids=lambda path: path.parent.name)
def test_lambda_handler_imports_no_heavy_library(handler: Path) -> None:
    loaded = fresh_interpreter(
        f"""
import importlib.util, json, sys
spec = importlib.util.spec_from_file_location("handler", {str(handler)!r})
spec.loader.exec_module(importlib.util.module_from_spec(spec))
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    )
    assert loaded == []


def test_help_of_the_command_imports_no_heavy_library() -> None:
    loaded = fresh_interpreter(
        f"""
import contextlib, io, json, sys
from labeler.cli import main
sys.argv = ["labeler", "--help"]
with contextlib.suppress(SystemExit), contextlib.redirect_stdout(io.StringIO()) as output:
    main()
assert "demo" in output.getvalue()
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    )
    assert loaded == []


def test_task_loads_without_numpy() -> None:
    """The manifest Lambda loads it for the reference data that ships with it, and has no numpy."""
    loaded = fresh_interpreter(
        f"""
import json, sys
from labeler.settings import PipelineSettings
from labeler.task import load_task
assert load_task(PipelineSettings.model_fields["task"].default).default_reference()
print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))
"""
    )
    assert loaded == []


def test_importing_has_no_side_effects() -> None:
    """No client, no connection, no thread, no log handler, no variable read, not a word on stdout."""
    happened = fresh_interpreter(
        f"""
import contextlib, io, json, logging, os, signal, socket, threading
import boto3, botocore.session

happened, environ = [], type(os.environ)
def watched(owner, method, says):
    original = getattr(owner, method)
    def watching(*args, **named):
        happened.extend(says(*args))
        return original(*args, **named)
    setattr(owner, method, watching)

watched(boto3.Session, "__init__", lambda *_: ["a boto3 session"])
watched(botocore.session.Session, "create_client", lambda *_: ["a client"])
watched(socket.socket, "connect", lambda *_: ["a connection"])
watched(threading.Thread, "start", lambda thread: ["the thread " + thread.name])
for method in ("__getitem__", "__contains__"):
    watched(environ, method, lambda _, key: ["read " + str(key)] if str(key).startswith("LABELER_") else [])
signals = {{number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}}

import importlib
with contextlib.redirect_stdout(io.StringIO()) as output:
    for module in {modules()!r}:
        importlib.import_module(module)
loggers = [logging.getLogger(), *(logging.getLogger(name) for name in logging.root.manager.loggerDict if "labeler" in name)]
happened += ["a log handler" for logger in loggers for _ in logger.handlers]
happened += ["a signal handler" for number, before in signals.items() if signal.getsignal(number) != before]
happened += ["words on stdout"] if output.getvalue() else []
print(json.dumps(happened))
"""
    )
    assert happened == []
