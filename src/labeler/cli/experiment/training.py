"""`labeler experiment plan` and `train`."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from labeler.cli.connection import experiment_settings
from labeler.cli.console import AsJson, err, print_json, print_table, progress_bar
from labeler.cli.experiment.options import DIRECTORY, PARAMS, Directory, ParamsFile
from labeler.settings import ExperimentSettings
from labeler.task import load_task

if TYPE_CHECKING:
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.records import ExperimentPlan, TrainedCandidate

Quick = Annotated[bool, typer.Option("--quick", help="Only candidates that params.yaml marks as quick.")]


def plan(
    *,
    candidate: Annotated[list[str] | None, typer.Option(help="Only this one of params.yaml; may be repeated.")] = None,
    params: ParamsFile = PARAMS,
    directory: Directory = DIRECTORY,
    quick: Quick = False,
    as_json: AsJson = False,
) -> None:
    """Say which candidates are tried on the prepared data, and open the experiment in MLflow."""
    from labeler.experiment.files import ExperimentFiles

    settings = experiment_settings()
    planned = make_plan(ExperimentFiles(directory), params, settings, is_quick=quick, names=candidate or ())
    print_json(planned) if as_json else show_plan(planned)


def train(
    *,
    candidate: Annotated[list[str] | None, typer.Option(help="Only this one; may be repeated.")] = None,
    directory: Directory = DIRECTORY,
    as_json: AsJson = False,
) -> None:
    """Fit the planned candidates and log them to MLflow. What is tried, the plan says: change it with `plan`.

    Processes that train different candidates of one directory don't disturb each other.
    """
    from labeler.experiment.files import ExperimentFiles

    settings, files = experiment_settings(), ExperimentFiles(directory)
    trained = train_planned(files, settings, names=candidate, is_quiet=as_json)
    print_json(trained) if as_json else show_trained(trained)


def make_plan(
    files: "ExperimentFiles",
    params: Path,
    settings: ExperimentSettings,
    *,
    is_quick: bool = False,
    names: Collection[str] = (),
) -> "ExperimentPlan":
    """The project is where params.yaml lies: DVC's lock and the checkout are looked for there."""
    from labeler.experiment.params import read_params
    from labeler.experiment.training.plan import plan as planned

    experiment_params = read_params(params)
    with err.status("planning"):
        return planned(
            files,
            experiment_params,
            task=load_task(settings.task),
            registry_uri=settings.registry_uri,
            project=params.resolve().parent,
            is_quick=is_quick,
            names=names,
            image_commit=settings.commit,
        )


def train_planned(
    files: "ExperimentFiles", settings: ExperimentSettings, *, names: list[str] | None = None, is_quiet: bool = False
) -> "tuple[TrainedCandidate, ...]":
    from labeler.experiment.files import read_record
    from labeler.experiment.records import ExperimentPlan
    from labeler.experiment.training.train import train as trained

    total = len(names or read_record(ExperimentPlan, files.plan, step="plan").candidates)
    with _training(total, is_quiet=is_quiet) as begin:
        return trained(
            files,
            task=load_task(settings.task),
            registry_uri=settings.registry_uri,
            names=names or None,
            progress=begin,
        )


@contextmanager
def _training(total: int, *, is_quiet: bool) -> Iterator[Callable[[str], None]]:
    """A bar of the candidates that are done; those that were trained before are done at once."""
    with progress_bar(is_quiet=is_quiet) as bars:
        bar = bars.add_task("training", total=total)
        begun: list[str] = []

        def begin(name: str) -> None:
            bars.update(bar, description=f"training {name}", completed=len(begun))
            begun.append(name)

        yield begin
        bars.update(bar, description="trained", completed=total)


def show_plan(planned: "ExperimentPlan") -> None:
    rows = [
        (
            spec.name,
            spec.family,
            spec.preparation_name,
            _parameter_list(dict(spec.parameters)),
            "quick" if spec.is_quick else "",
        )
        for spec in planned.candidates
    ]
    print_table(f"experiment {planned.experiment_id}", ("candidate", "family", "preparation", "parameters", ""), rows)


def show_trained(trained: "tuple[TrainedCandidate, ...]") -> None:
    rows = [
        (one.spec.name, one.spec.family, one.rows, round(one.fit_s, 1), round(one.size_bytes / 1e6, 1), one.sha256[:12])
        for one in trained
    ]
    print_table("", ("candidate", "family", "rows", "fit s", "MB", "sha256"), rows)


def _parameter_list(parameters: dict[str, object]) -> str:
    return ", ".join(f"{name}={value}" for name, value in parameters.items())
