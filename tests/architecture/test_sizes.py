"""Files and functions stay small enough to be changed without fear. An exception says why it is one."""

import ast

import pytest

from tests.architecture.source import name, python_files, tree

MAX_FILE_LINES = 250
MAX_FUNCTION_LINES = 40
MAX_HANDLER_LINES = 60

LONGER = {
    "src/labeler/messages.py": "the vocabulary of everything that crosses a queue or a room, in one place",
}

SOURCE = python_files("src", "functions", "cdk")


def lines_of_files() -> dict[str, int]:
    return {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCE}


def lines_of_functions() -> dict[str, int]:
    return {
        f"{name(path)}:{node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in SOURCE
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def longer() -> dict[str, int]:
    files = {file: lines for file, lines in lines_of_files().items() if lines > MAX_FILE_LINES}
    return files | {function: lines for function, lines in lines_of_functions().items() if lines > MAX_FUNCTION_LINES}


def test_files_and_functions_are_short() -> None:
    assert {what: lines for what, lines in longer().items() if what not in LONGER} == {}


@pytest.mark.parametrize("what", LONGER)
def test_an_exception_is_still_needed(what: str) -> None:
    assert what in longer()


def test_a_handler_is_one_screen() -> None:
    handlers = {file: lines for file, lines in lines_of_files().items() if file.startswith("functions/")}
    assert handlers
    assert {file: lines for file, lines in handlers.items() if lines > MAX_HANDLER_LINES} == {}
