"""An alarm and its page: who is woken finds what to do."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

from labeler.cli.app import app
from tests.architecture.source import ROOT, python_files, tree

ALARMS = python_files("cdk/monitoring/alarms")
PAGES = sorted(path for path in (ROOT / "docs/runbooks").glob("*.md") if path.name != "README.md")
HEADINGS = ["What it means", "How to see it", "What to do"]
COMMANDS = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PROGRAMS = {"labeler", "aws", "kubectl", "export", "eval"}


def alarm_names() -> set[str]:
    """The files are read, not imported: the infrastructure has an environment of its own."""
    calls = [node for path in ALARMS for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    alarms = [call for call in calls if ast.unparse(call.func) == "Alarm"]
    names = [keyword.value for alarm in alarms for keyword in alarm.keywords if keyword.arg == "name"]
    # what several alarms share is a function whose first argument is the name
    names += [call.args[0] for call in calls if ast.unparse(call.func) in {"_dead_letters", "_errors"}]
    return {str(value.value) for value in names if isinstance(value, ast.Constant)}


def test_every_alarm_has_a_runbook_and_every_runbook_an_alarm() -> None:
    assert {page.stem for page in PAGES} == alarm_names()


def test_the_overview_lists_every_runbook_once() -> None:
    listed = re.findall(r"^\| \[([a-z-]+)\]\(\1\.md\)", (ROOT / "docs/runbooks/README.md").read_text(), re.MULTILINE)
    assert listed == [page.stem for page in PAGES]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_how_to_see_it_and_what_to_do(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {page.stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == HEADINGS
    assert COMMANDS.findall(text.partition("## What to do")[0]), "nothing to paste to see it"


@pytest.mark.parametrize("page", sorted([*PAGES, ROOT / "docs/runbooks/README.md"]), ids=lambda page: page.stem)
def test_the_commands_of_a_runbook_exist(page: Path) -> None:
    lines = [line for block in COMMANDS.findall(page.read_text(encoding="utf-8")) for line in block.splitlines()]
    assert [line for line in lines if line.split()[0] not in PROGRAMS] == []
    command = typer.main.get_command(app)
    inside = [f"labeler {words}" for line in lines for words in re.findall(r'"\$\(labeler (.*)\)"$', line)]
    called = [line for line in lines if line.startswith("labeler ")] + inside
    assert [line for line in called if not is_command(command, line)] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_runbook_s_start_commands_name_the_date(page: Path) -> None:
    """The command's own default is today; Airflow labels yesterday."""
    started = re.findall(r"labeler run start[^`\n]*", page.read_text(encoding="utf-8"))
    assert [line for line in started if " --date 2026-03-01" not in line] == []


def is_command(command: Any, line: str) -> bool:
    """Its words lead to a command, and the command has each option."""
    words = line.split()[1:]
    while hasattr(command, "commands") and words:
        command = command.commands.get(words.pop(0))
    if command is None or hasattr(command, "commands"):
        return False
    options = {option for parameter in command.params for option in parameter.opts}
    return all(word in options for word in words if word.startswith("--"))
