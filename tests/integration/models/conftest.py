"""A registry with versions that can be promoted."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.models.registry import TASK_TAG, connect
from labeler.transactions import task
from tests.champion import MODEL, add_version

if TYPE_CHECKING:
    from tests.champion import TrainedChampion


@pytest.fixture
def registry(champion: "TrainedChampion", tmp_path: Path) -> str:
    """Version 1 is the champion; versions 2, 3 and 4 could become it."""
    uri = champion.copied_to(tmp_path / "registry")
    for version in ("2", "3", "4"):
        assert add_version(uri, champion, tmp_path / version, trees=int(version)) == version
        connect(uri).set_model_version_tag(MODEL, version, TASK_TAG, task.name)
    return uri
