"""A registry with a champion to write to, and candidates that were trained and evaluated."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.integration.experiment.finished import write
from tests.integration.experiment.logged import log_models

if TYPE_CHECKING:
    from labeler.experiment.files import ExperimentFiles
    from labeler.experiment.records import TrainedCandidate
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path) -> str:
    """One's own copy: version 1 is the champion."""
    return champion.copied_to(tmp_path / "registry")


@pytest.fixture
def logged(registry: str, champion: "TrainedChampion", tmp_path: Path) -> "dict[str, TrainedCandidate]":
    """Two candidates in MLflow."""
    return log_models(registry, champion, tmp_path / "models", "trees_1", "trees_2")


@pytest.fixture
def evaluated(logged: "dict[str, TrainedCandidate]", tmp_path: Path) -> "ExperimentFiles":
    """Both were evaluated, the second one passed the gate."""
    return write(tmp_path / "experiment", logged, passed=("trees_2",))
