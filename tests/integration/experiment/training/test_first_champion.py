"""The first champion: one model, trained and promoted, for a registry that has none."""

from datetime import UTC, datetime
from pathlib import Path

from labeler.experiment.training.first_champion import FIRST_BY, first_champion
from labeler.models.registry import connect
from labeler.settings import ExperimentSettings
from labeler.task import RawFile
from labeler_local.synthetic import generate

PROMOTED_AT = datetime(2026, 3, 1, tzinfo=UTC)


def test_first_champion_is_promoted_and_its_steps_are_reported(tmp_path: Path) -> None:
    files = [RawFile(*file) for file in generate(accounts=5, seed=11, with_labels=True)]
    settings = ExperimentSettings(registry_uri=f"sqlite:///{tmp_path}/mlflow.db")
    steps: list[str] = []

    model = first_champion(files, settings, at=PROMOTED_AT, progress=steps.append)

    champion = connect(settings.registry_uri).get_model_version_by_alias(settings.model_name, "champion")
    assert str(champion.version) == model.version == "1"
    assert FIRST_BY in champion.tags.values()
    assert steps == ["reading files", "training", "evaluating on later rows", "registering in MLflow"]
