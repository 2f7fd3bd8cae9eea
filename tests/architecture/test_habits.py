"""Habits that a linter's rule does not say."""

import ast
import os
from collections.abc import Iterator

from labeler.telemetry import Metric
from tests.architecture.source import ROOT, name, python_files, tree

READS_THE_ENVIRONMENT = {
    "src/labeler/settings.py",
    "src/labeler_local/airflow/processes.py",
    "src/labeler_local/emulator/environment.py",
}
VAGUE_VARIABLES = {"found", "made", "said", "told", "wanted"}
VAGUE = {"base", "common", "helpers", "manager", "misc", "shared", "util", "utils"}


def names_used(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name):
            yield f"{part.value.id}.{part.attr}"
        if isinstance(part, ast.Name):
            yield part.id
        if isinstance(part, ast.ImportFrom) and part.module == "os":
            yield from (f"os.{alias.name}" for alias in part.names)


def test_only_settings_and_the_emulator_read_the_environment() -> None:
    reading = {"os.environ", "os.getenv", "os.environb", "os.putenv"}
    reading_files = {name(path) for path in python_files("src", "functions") if reading & set(names_used(tree(path)))}
    assert reading_files == READS_THE_ENVIRONMENT
    assert os.environ  # the name exists; a typo above would let everything pass


def test_no_module_calls_print() -> None:
    """Commands speak through cli/console.py, everything else logs."""
    assert [name(path) for path in python_files("src", "functions") if "print" in set(names_used(tree(path)))] == []


def test_no_module_has_a_catch_all_name() -> None:
    assert [name(path) for path in python_files("src", "functions", "cdk") if path.stem.lower() in VAGUE] == []


def assigned_names(node: ast.AST) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
            yield part.id
        if isinstance(part, ast.arg):
            yield part.arg


def test_no_variable_is_named_after_how_it_came_about() -> None:
    """`manifest = store.get(key)`, not `found = store.get(key)`."""
    files = python_files("src", "functions", "cdk", "dags", "benchmarks", "tests")
    assert [name(path) for path in files if VAGUE_VARIABLES & set(assigned_names(tree(path)))] == []


def test_only_entry_points_read_the_clock() -> None:
    """A run is addressed by its date and id: what labels, plans or settles gets the time as an argument."""
    clocks = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time"}
    # a worker is a process of its own, and its receipts say when it worked
    worker = ("src/labeler/worker/unit_processor.py", "src/labeler/worker/receipts.py")
    allowed = ("src/labeler/cli/", "src/labeler_local/", "functions/", *worker)
    asking = {name(path) for path in python_files("src", "functions") if clocks & set(names_used(tree(path)))}
    assert {file for file in asking if not file.startswith(allowed)} == set()


def test_every_metric_is_emitted_somewhere() -> None:
    # the monitoring host tells of its page by a shell script
    emitting = [*python_files("src", "functions"), ROOT / "cdk/monitoring/user_data.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in emitting)
    assert [metric.name for metric in Metric if f"Metric.{metric.name}" not in text] == []


def test_every_module_has_a_docstring() -> None:
    """The first line of a module that does something is a promise."""
    defining = (ast.FunctionDef, ast.ClassDef)
    doing = [path for path in python_files("src", "functions") if any(isinstance(n, defining) for n in tree(path).body)]
    assert [name(path) for path in doing if not ast.get_docstring(tree(path))] == []
