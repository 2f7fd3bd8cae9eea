"""Fixtures of the worker's tests: a harness on a stack of its own, and statements to label."""

from typing import TYPE_CHECKING

import pytest

from tests.integration.worker.harness import Harness, Statements, Wait, eventually

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion


@pytest.fixture
def harness(stack: "LocalStack", champion: "TrainedChampion") -> Harness:
    return Harness(stack, champion)


@pytest.fixture
def wait() -> Wait:
    return eventually


@pytest.fixture(scope="session")
def statements() -> Statements:
    """Twelve clean ones, by name."""
    from labeler_local.synthetic import generate

    return dict(generate(accounts=12, seed=3, with_labels=False))
