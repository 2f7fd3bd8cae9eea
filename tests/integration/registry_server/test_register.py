"""Versions, aliases and their history as on a laptop, but through MLflow's server."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.errors import ChampionMissingError
from labeler.experiment.registering.register import register
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.comparison import compare, describe
from labeler.models.promotion import PromotionRequest, promote, rollback
from labeler.models.registry import CHALLENGER, CHAMPION
from labeler.models.versions import list_versions
from labeler.transactions import task
from labeler_local.emulator.stack import local_stack
from tests.champion import MODEL
from tests.conftest import TEST_OPTIONS
from tests.integration.experiment.finished import write
from tests.integration.experiment.logged import log_models

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(420)]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, postgres_programs: Path) -> "Iterator[LocalStack]":
    directory = tmp_path_factory.mktemp("served")
    with local_stack(directory, is_serving_mlflow=True, is_dispatching=False, **TEST_OPTIONS) as stack:
        yield stack


def test_candidates_are_registered_promoted_and_rolled_back_through_the_server(
    stack: "LocalStack", champion: "TrainedChampion", tmp_path: Path
) -> None:
    uri = stack.manifest_settings.registry_uri
    assert uri.startswith("http://")
    with pytest.raises(ChampionMissingError, match=f"no model {MODEL}"):
        list_versions(uri, MODEL)
    logged = log_models(uri, champion, tmp_path / "models", "trees_1", "trees_2")
    files = write(tmp_path / "experiment", logged, passed=("trees_2", "trees_1"), champion=None)

    first = register(files, registry_uri=uri, model_name=MODEL, at=AT)
    assert register(files, registry_uri=uri, model_name=MODEL, at=AT) == first

    assert [(each.version, each.aliases) for each in list_versions(uri, MODEL)] == [("2", (CHALLENGER,)), ("1", ())]
    lines = {line.metric: line.difference for line in compare(uri, MODEL, "1", CHALLENGER).metrics}
    assert lines["later_accuracy"] == pytest.approx(0.01)
    request = PromotionRequest(by="anna", at=AT)
    for version in ("1", CHALLENGER):
        promote(uri, MODEL, version, task=task, request=request)
    assert copy_model_to_runs(uri, MODEL, None, stack.runs).sha256 == logged["trees_2"].sha256
    assert rollback(uri, MODEL, task=task, request=request).version == "1"
    assert describe(uri, MODEL, CHAMPION).parameters == {"trees": "2"}
    with pytest.raises(ChampionMissingError, match="no champion"):
        rollback(uri, MODEL, task=task, request=request)
    for missing in ("99", "nobody"):
        with pytest.raises(ChampionMissingError, match=missing):
            describe(uri, MODEL, missing)
