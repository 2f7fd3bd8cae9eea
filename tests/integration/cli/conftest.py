"""Runs the command in this process, as a shell would: exit code, what people see, what programs read."""

import io
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler.cli import console, main

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

DAY = date(2026, 3, 1)
RUN = f"daily-{DAY}"


@dataclass(frozen=True)
class CommandResult:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Command = Callable[..., CommandResult]


@pytest.fixture
def labeler(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Command:
    monkeypatch.chdir(tmp_path)
    for terminal in (console.out, console.err):
        monkeypatch.setattr(terminal, "_width", 200)  # rich reads COLUMNS when the module is imported, not now

    def run(*arguments: object) -> CommandResult:
        monkeypatch.setattr(sys, "argv", ["labeler", *map(str, arguments)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        result = capsys.readouterr()
        return CommandResult(code, result.out, result.err)

    return run


def work_off(stack: "LocalStack") -> None:
    """A worker labels what is queued and leaves; completion hears of it, and a tick passes."""
    from aws_lambda_powertools import Logger

    from labeler.worker.consume import Consumer

    # not on stdout: a worker may work while a command answers there
    logger = Logger("test-of-the-command", stream=io.StringIO())
    settings = stack.worker_settings.model_copy(update={"idle_exit_s": 1.0, "receive_wait_s": 0})
    Consumer(settings, stack.aws, worker_id="test", logger=logger).run()
    stack.deliver_completions()
    stack.tick()


@pytest.fixture
def day(open_stack: "Callable[..., LocalStack]", champion: "TrainedChampion") -> "LocalStack":
    """A stack with a champion and a landed day: two good files and one that holds nothing."""
    from labeler_local.synthetic import generate

    stack = open_stack(registry_uri=champion.registry_uri)
    files = dict(generate(accounts=2, seed=5, with_labels=False))
    stack.put_files({**files, "empty.csv": b""}, DAY)
    return stack
