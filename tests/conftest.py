"""Fixtures for every kind of test. `stack` is a local AWS of its own for each test."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

# Tests assert no times: an example may be the first of its process that imports something heavy.
settings.register_profile("labeler", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("labeler")

# Short enough that a test can wait for a redelivery, long enough that a busy machine does not cause one.
TEST_OPTIONS: dict[str, Any] = {
    "tick_s": 0.2,
    "visibility_timeout_s": 3,
    "max_receives": 3,
    "retry_delay_s": 1,
    "failed_unit_delay_s": 0,
    "completion_visibility_timeout_s": 1,
    "unit_max_files": 10,
    "min_coverage": 0.0,  # most tests have a handful of files, and spoil half of them
}


@pytest.fixture
def open_stack(tmp_path: Path) -> "Iterator[Callable[..., LocalStack]]":
    """Opens the test's stack with options of its own, for example `open_stack(failure_tolerance=0.5)`.

    Nothing is dispatched until `start_dispatch()`: a test drives by `deliver_completions()` and `tick()`.
    """
    from labeler_local.emulator.stack import local_stack

    with ExitStack() as opened:

        def open_one(**options: Any) -> "LocalStack":
            stack_options = {"is_dispatching": False, **TEST_OPTIONS, **options}
            return opened.enter_context(local_stack(tmp_path / "stack", **stack_options))

        yield open_one


@pytest.fixture
def stack(open_stack: "Callable[..., LocalStack]") -> "LocalStack":
    return open_stack()


@pytest.fixture(scope="session")
def champion(tmp_path_factory: pytest.TempPathFactory) -> "TrainedChampion":
    """Trained once a session: MLflow's first use of a new SQLite file alone takes ten seconds."""
    from tests.champion import train

    return train(tmp_path_factory.mktemp("champion"))
