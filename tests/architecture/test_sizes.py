"""Files and functions stay small enough to be changed without fear."""

import ast
from statistics import median, quantiles

import pytest

from tests.architecture.source import name, python_files, tree

MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40
MAX_MEDIAN_FILE_LINES = 90
MAX_P90_FUNCTION_LINES = 20
MAX_HANDLER_LINES = 60

FOLDERS = ("src", "functions", "cdk", "dags", "benchmarks", "tests")
FILES = [path for path in python_files(*FOLDERS) if path.stat().st_size]
FILE_LINES = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
FUNCTION_LINES = {
    f"{name(path)}:{node.name}:{node.lineno}": (node.end_lineno or node.lineno) - node.lineno + 1
    for path in FILES
    for node in ast.walk(tree(path))
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
}


def test_no_file_is_long() -> None:
    assert {file: lines for file, lines in FILE_LINES.items() if lines > MAX_FILE_LINES} == {}


def test_no_function_is_long() -> None:
    assert {function: lines for function, lines in FUNCTION_LINES.items() if lines > MAX_FUNCTION_LINES} == {}


@pytest.mark.parametrize("folder", ["", "src/"])
def test_typical_file_and_function_are_short(folder: str) -> None:
    files = [lines for file, lines in FILE_LINES.items() if file.startswith(folder)]
    functions = [lines for function, lines in FUNCTION_LINES.items() if function.startswith(folder)]
    assert median(files) <= MAX_MEDIAN_FILE_LINES
    assert quantiles(functions, n=10)[-1] <= MAX_P90_FUNCTION_LINES


def test_no_handler_exceeds_60_lines() -> None:
    handlers = {file: lines for file, lines in FILE_LINES.items() if file.startswith("functions/")}
    assert handlers
    assert {file: lines for file, lines in handlers.items() if lines > MAX_HANDLER_LINES} == {}
