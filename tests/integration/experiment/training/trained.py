"""Trains the toy experiment's candidates, and loads them as a worker does."""

from typing import Any

from labeler.experiment.files import ExperimentFiles
from labeler.experiment.records import TrainedCandidate
from labeler.experiment.training.train import train
from labeler.messages import ModelPin
from labeler.models.bundle import LoadedModel, load
from tests.integration.experiment.planned import DIGEST, TASK


def trained(files: ExperimentFiles, registry: str, *only: str, **options: Any) -> tuple[TrainedCandidate, ...]:
    return train(files, **{"task": TASK, "registry_uri": registry, "names": only or None, **options})


def served(files: ExperimentFiles, candidate: TrainedCandidate) -> LoadedModel:
    body = files.bundle(candidate.spec.name).read_bytes()
    pin = ModelPin(name="m", version="1", key="a", sha256=candidate.sha256, features_digest=DIGEST)
    return load(body, pin, features_digest=DIGEST)
