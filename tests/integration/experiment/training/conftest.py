"""Prepared rows of the toy experiment."""

from pathlib import Path

import pytest

from labeler.experiment.files import ExperimentFiles
from tests.integration.experiment.planned import prepare


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    return prepare(tmp_path / "experiment")
