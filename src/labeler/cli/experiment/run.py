"""`labeler experiment run`: all steps of an experiment, one after the other."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.rule import Rule

from labeler.cli.console import AsJson, err, out, print_json
from labeler.cli.experiment import data, evaluation, registering, training
from labeler.cli.experiment.evaluation import CriteriaFile
from labeler.cli.experiment.options import (
    CRITERIA,
    DIRECTORY,
    PARAMS,
    Directory,
    ParamsFile,
    Pattern,
    Statements,
)
from labeler.cli.experiment.training import Quick
from labeler.errors import NothingPassedError

Steps = dict[str, Callable[[], None]]


def run(
    statements: Statements,
    *,
    pattern: Pattern = "*.csv",
    params: ParamsFile = PARAMS,
    criteria: CriteriaFile = CRITERIA,
    directory: Directory = DIRECTORY,
    quick: Quick = False,
    as_json: AsJson = False,
) -> None:
    """From labeled files to a challenger: validate, prepare, plan, train, evaluate, gate, report, register.

    Exit 3 when nothing passes the gate; the versions and the report are there all the same.
    """
    before, after = _steps(statements, pattern, params, criteria, directory, quick=quick)
    nothing: NothingPassedError | None = None
    with _quiet(is_quiet=as_json):
        _walk(before)
        try:
            _walk({"gate": partial(evaluation.gate, criteria=criteria, directory=directory)})
        except NothingPassedError as error:
            nothing = error  # what was tried is worth keeping, and the report says what was missing
        _walk(after)
    if as_json:
        _print_outcome(directory)
    if nothing:
        raise nothing


def _steps(
    statements: str, pattern: str, params: Path, criteria: Path, directory: Path, *, quick: bool
) -> tuple[Steps, Steps]:
    """(before the gate, after it)"""
    before: Steps = {
        "validate": partial(data.validate, statements, pattern=pattern, params=params, directory=directory),
        "prepare": partial(data.prepare, statements, pattern=pattern, directory=directory),
        "plan": partial(training.plan, params=params, directory=directory, quick=quick),
        "train": partial(training.train, directory=directory),
        "evaluate": partial(evaluation.evaluate, params=params, criteria=criteria, directory=directory),
    }
    after: Steps = {
        "report": partial(evaluation.report, directory=directory),
        "register": partial(registering.register, directory=directory),
    }
    return before, after


def _walk(steps: Steps) -> None:
    for name, step in steps.items():
        out.print()
        out.print(Rule(f"[bold]{name}[/]", align="left", style="dim"))
        step()


@contextmanager
def _quiet(*, is_quiet: bool) -> Iterator[None]:
    """For programs: only the outcome is printed."""
    consoles = (out, err)
    before = [console.quiet for console in consoles]
    try:
        for console in consoles:
            console.quiet = console.quiet or is_quiet
        yield
    finally:
        for console, was_quiet in zip(consoles, before, strict=True):
            console.quiet = was_quiet


def _print_outcome(directory: Path) -> None:
    from labeler.experiment.files import ExperimentFiles, read_record
    from labeler.experiment.registration import Registration
    from labeler.experiment.verdicts import GateResult

    files = ExperimentFiles(directory)
    print_json(
        {
            "verdict": read_record(GateResult, files.verdict, step="gate"),
            "registration": read_record(Registration, files.registration, step="register"),
            "report": str(files.report),
        }
    )
