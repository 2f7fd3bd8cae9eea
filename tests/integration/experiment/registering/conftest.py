"""A GitHub on loopback, and an experiment whose winner can be proposed to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from labeler.experiment.files import ExperimentFiles
from tests.integration.experiment.finished import candidates, write, write_registration
from tests.integration.experiment.github_stub import GitHubStub, github_stub
from tests.integration.experiment.registering.proposing import PARAMS


@pytest.fixture
def stub() -> Iterator[GitHubStub]:
    with github_stub({"params.yaml": PARAMS, "README.md": "labels\n"}) as opened:
        yield opened


@pytest.fixture
def files(tmp_path: Path) -> ExperimentFiles:
    """trees_2 won."""
    trained = candidates("trees_1", "trees_2")
    files = write(tmp_path / "experiment", trained, passed=("trees_2",))
    write_registration(files, trained, winner="trees_2")
    return files
