"""The candidates of `planned`, trained: what `evaluate` scores, and a champion among them when a test needs one."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from labeler.experiment.evaluation.evaluate import evaluate
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import TrainedCandidate
from labeler.experiment.scores import Evaluation
from labeler.experiment.training.logged_models import register_model
from labeler.experiment.training.train import train
from labeler.models import registry as names
from tests.integration.experiment.planned import CATEGORIES, DIGEST, TASK, ToyTask, params, planned, prepare

MODEL = "toys"


def unused(*_: object, **__: object) -> Any:
    raise NotImplementedError


@dataclass(frozen=True)
class LoadableToyTask(ToyTask):
    """With what commands need of a task, too: LABELER_TASK names `LOADABLE`."""

    categories: tuple[str, ...] = CATEGORIES
    identity_columns: tuple[str, ...] = ("account",)
    read = parse_reference = default_reference = features = unused


LOADABLE = LoadableToyTask()
LOADABLE_ADDRESS = f"{__name__}:LOADABLE"


@dataclass(frozen=True)
class ToyExperiment:
    """Its own files, and a registry that may be written to."""

    files: ExperimentFiles
    registry: str

    def copied_to(self, directory: Path) -> "ToyExperiment":
        """The copy's runs still point to the artifacts of the original."""
        shutil.copytree(self.files.directory, directory / "experiment")
        shutil.copy(self.registry.removeprefix("sqlite:///"), directory / "mlflow.db")
        return ToyExperiment(ExperimentFiles(directory / "experiment"), f"sqlite:///{directory}/mlflow.db")

    def candidate(self, name: str) -> TrainedCandidate:
        return read_record(TrainedCandidate, self.files.candidate(name), step="train")

    def crown(self, name: str, **changed: str | None) -> str:
        """Registers a candidate as the champion; `changed` tags, None removes one. Returns its version."""
        one = self.candidate(name)
        tags: dict[str, str | None] = {
            names.FEATURES_DIGEST_TAG: DIGEST,
            names.TASK_TAG: TASK.name,
            names.SPLIT_TAG: str(params().split),
            names.SHA256_TAG: one.sha256,
        } | {getattr(names, f"{tag.upper()}_TAG"): value for tag, value in changed.items()}
        kept = {tag: value for tag, value in tags.items() if value is not None}
        version = register_model(self.registry, MODEL, one.model_uri, run_id=one.run_id, tags=kept)
        names.connect(self.registry).set_registered_model_alias(MODEL, names.CHAMPION, version)
        return version

    def evaluated(self, **options: Any) -> Evaluation:
        defaults = {"task": TASK, "registry_uri": self.registry, "model_name": MODEL, "clock": steady()}
        return evaluate(self.files, params().evaluation, **(defaults | options))


def steady(step_s: float = 0.016) -> Callable[[], float]:
    """A clock on which everything takes as long: 1 us for each row of a worker's block."""
    ticks = count()
    return lambda: next(ticks) * step_s


def train_toys(directory: Path, registry: str) -> ToyExperiment:
    """Three candidates in seconds."""
    files = prepare(directory)
    planned(files, registry)
    train(files, task=TASK, registry_uri=registry)
    return ToyExperiment(files, registry)
