"""Months of published runs on a local stack, labeled by the session's champion."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from labeler.models.bundle import LoadedModel, load
from labeler.monitoring.thresholds import Thresholds
from labeler.transactions import task
from tests.integration.monitoring.month import Month

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion


@pytest.fixture(scope="session")
def model(champion: "TrainedChampion") -> LoadedModel:
    return load(champion.body, champion.pin, features_digest=task.features_digest())


@pytest.fixture
def month(stack: "LocalStack", model: LoadedModel) -> Month:
    return Month(stack, model)


@pytest.fixture
def open_month(stack: "LocalStack", model: LoadedModel) -> Callable[[Thresholds], Month]:
    return lambda thresholds: Month(stack, model, thresholds)
