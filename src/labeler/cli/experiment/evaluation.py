"""`labeler experiment evaluate`, `gate` and `report`: how good the candidates are, which may serve, and why."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from labeler.aws import Aws
from labeler.cli.connection import experiment_settings
from labeler.cli.console import AsJson, complain, out, print_json, print_table, progress_bar
from labeler.cli.experiment.options import CRITERIA, DIRECTORY, PARAMS, Directory, ParamsFile
from labeler.settings import ExperimentSettings
from labeler.task import load_task

if TYPE_CHECKING:
    from labeler.experiment.evaluation.criteria import Criteria
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.scores import Evaluation, ModelEvaluation
    from labeler.experiment.verdicts import GateResult, GateVerdict

CriteriaFile = Annotated[Path, typer.Option("--criteria", help="What a candidate has to show.")]
COLOURS = {"met": "green", "NOT MET": "bold red", "not evaluated": "yellow"}


def evaluate(
    *,
    params: ParamsFile = PARAMS,
    criteria: CriteriaFile = CRITERIA,
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Evaluate every candidate, the champion and the majority baseline on the same rows, as a worker predicts."""
    from labeler.experiment.files import ExperimentFiles

    files, settings = ExperimentFiles(directory), experiment_settings()
    evaluation = evaluate_trained(files, params, criteria, settings, is_quiet=as_json)
    if as_json:
        print_json(evaluation)
        return
    show_evaluation(evaluation)
    out.print(f"evaluation: {files.evaluation}", soft_wrap=True)


def evaluate_trained(
    files: "ExperimentFiles", params: Path, criteria: Path, settings: ExperimentSettings, *, is_quiet: bool = False
) -> "Evaluation":
    """Both files are read before anything slow."""
    from labeler.experiment.evaluation.evaluate import evaluate as evaluated
    from labeler.experiment.files import read_record
    from labeler.experiment.params import read_params
    from labeler.experiment.records import ExperimentPlan

    rule, speed = read_params(params).evaluation, _criteria(criteria, settings).speed
    steps = len(read_record(ExperimentPlan, files.plan, step="plan").candidates) + 2
    with stepping("evaluating", steps, is_quiet=is_quiet) as begin:
        return evaluated(
            files,
            rule,
            task=load_task(settings.task),
            registry_uri=settings.registry_uri,
            model_name=settings.model_name,
            clock=time.process_time,
            budget_us_per_row=speed.budget_us_per_row,
            progress=begin,
        )


@contextmanager
def stepping(doing: str, steps: int, *, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A bar of steps that each tell their name when they begin."""
    begun = count()
    with progress_bar(is_quiet=is_quiet) as progress:
        bar = progress.add_task(doing, total=steps)
        yield lambda name: progress.update(bar, description=f"{doing} {name}", completed=next(begun))
        progress.update(bar, description=doing, completed=steps)


def gate(*, criteria: CriteriaFile = CRITERIA, directory: Directory = DIRECTORY, as_json: AsJson = False) -> None:
    """Say of each candidate which criteria it meets. Exit 3, and an alarm, when none passes."""
    from labeler.experiment.evaluation.alarm import require_winner
    from labeler.experiment.evaluation.gate import gate as apply_gate
    from labeler.experiment.files import ExperimentFiles

    files, settings = ExperimentFiles(directory), experiment_settings()
    result = apply_gate(files, _criteria(criteria, settings))
    print_json(result) if as_json else show_verdicts(result)
    require_winner(result, files, aws=Aws(), topic_arn=settings.alarm_topic_arn, on_failed_alarm=complain)


def report(
    *,
    plot_base: Annotated[
        str,
        typer.Option("--picture-base", help="In front of the plots' names: a folder beside the report, or an address."),
    ] = "evaluation",
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Write the comparison as Markdown: what the pull request shows."""
    from labeler.experiment.evaluation.report import write_report
    from labeler.experiment.files import ExperimentFiles

    path = write_report(ExperimentFiles(directory), plot_base=plot_base)
    print_json({"report": str(path)}) if as_json else out.print(f"report: {path}", soft_wrap=True)


def _criteria(path: Path, settings: ExperimentSettings) -> "Criteria":
    from labeler.experiment.evaluation.criteria import read_criteria

    return read_criteria(path, load_task(settings.task).categories)


def show_evaluation(evaluation: "Evaluation") -> None:
    from labeler.experiment.evaluation.ranking import ranked

    later, unseen = evaluation.majority_later, evaluation.majority_unseen
    rows: list[tuple[object, ...]] = [_scored(model.name, model) for model in ranked(evaluation)]
    if evaluation.champion:
        rows.append(_scored(f"champion, version {evaluation.champion.version}", evaluation.champion))
    majority = (f"{later.accuracy:.3f}", f"{later.macro_f1:.3f}", f"{unseen.accuracy:.3f}" if unseen else "", "")
    rows.append((f"always {evaluation.majority_category}", *majority))
    print_table("", ("model", "accuracy", "macro-F1", "on unseen accounts", "us per row"), rows)
    if evaluation.champion_note:
        out.print(evaluation.champion_note, soft_wrap=True)


def _scored(name: str, model: "ModelEvaluation") -> tuple[object, ...]:
    later, unseen = model.later.score, model.unseen.score if model.unseen else None
    accuracy = f"{unseen.accuracy:.3f}" if unseen else ""
    return name, f"{later.accuracy:.3f}", f"{later.macro_f1:.3f}", accuracy, f"{model.us_per_row:.2f}"


def show_verdicts(result: "GateResult") -> None:
    """The summary last, where a terminal ends."""
    for verdict in result.verdicts:
        show_verdict(verdict)
    rows = [
        (each.candidate, "passes" if each.is_passed else "misses", "; ".join(one.name for one in each.missed))
        for each in result.verdicts
    ]
    print_table("", ("candidate", "gate", ""), rows)
    if result.winner:
        out.print(f"winner: [bold]{result.winner}[/]")


def show_verdict(verdict: "GateVerdict") -> None:
    rows = [
        (
            each.name,
            "" if each.value is None else f"{each.value:.4g}",
            "" if each.bound is None else f"{each.sense} {each.bound:.4g}",
            Text(each.verdict, style=COLOURS[each.verdict]),
            each.note,
        )
        for each in verdict.criteria
    ]
    outcome = "passes" if verdict.is_passed else "does not pass"
    print_table(f"{verdict.candidate} {outcome}", ("criterion", "value", "bound", "verdict", "note"), rows)
    out.print()
