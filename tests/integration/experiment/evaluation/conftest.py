"""Trained toys and their evaluation; trained once, since training takes most of the time."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.experiment.evaluation import evaluate
from labeler.experiment.scores import Evaluation
from tests.integration.experiment.toy_experiment import ToyExperiment, train_toys

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


@pytest.fixture(scope="session")
def trained(champion: "TrainedChampion", tmp_path_factory: pytest.TempPathFactory) -> ToyExperiment:
    directory = tmp_path_factory.mktemp("toys")
    return train_toys(directory / "experiment", champion.copied_to(directory))


@pytest.fixture(scope="session")
def evaluation(trained: ToyExperiment) -> Evaluation:
    return trained.evaluated()


@pytest.fixture
def toys(trained: ToyExperiment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ToyExperiment:
    """One's own copy, to spoil; without plots, which take most of the time."""
    monkeypatch.setattr(evaluate, "draw", lambda *_, **__: {})
    return trained.copied_to(tmp_path)
