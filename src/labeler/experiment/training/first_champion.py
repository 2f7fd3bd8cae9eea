"""The first champion of a registry: one model, trained on a few labeled files and promoted."""

from collections.abc import Callable, Sequence
from datetime import datetime

from labeler.experiment.training.first_model import FirstModel, train_first_model
from labeler.models.promotion import PromotionRequest, promote
from labeler.settings import ExperimentSettings
from labeler.task import RawFile, load_task

FIRST_BY = "labeler, as the first champion"


def first_champion(
    files: Sequence[RawFile],
    settings: ExperimentSettings,
    *,
    at: datetime,
    progress: Callable[[str], object] = lambda _: None,
) -> FirstModel:
    """Trains one model and makes it the champion. `at`: the time of the promotion; `progress` gets the name of each step.

    Raises as `train_first_model` and `promote`.
    """
    task = load_task(settings.task)
    model = train_first_model(
        files, task=task, registry_uri=settings.registry_uri, model_name=settings.model_name, progress=progress
    )
    request = PromotionRequest(by=FIRST_BY, at=at)
    promote(settings.registry_uri, settings.model_name, model.version, task=task, request=request)
    return model
