"""One stack for all chaos tests, since a worker process takes seconds to start; each test takes its own day on it."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.chaos.day import Calendar, Day, await_workers, eventually
from tests.chaos.poison_task import ADDRESS
from tests.conftest import TEST_OPTIONS

if TYPE_CHECKING:
    from tests.champion import TrainedChampion

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
OPTIONS: dict[str, Any] = {
    **TEST_OPTIONS,
    "unit_max_files": 8,
    "lookback_days": 0,
    "receive_wait_s": 1,
    "drain_timeout_s": 10,
    "task": ADDRESS,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.chaos)


@pytest.fixture(scope="package")
def calendar(tmp_path_factory: pytest.TempPathFactory, champion: "TrainedChampion") -> Iterator[Calendar]:
    from labeler_local.emulator.stack import local_stack

    directory = tmp_path_factory.mktemp("chaos")
    uri = champion.copied_to(directory / "registry")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)  # worker processes load the task of these tests
        with local_stack(directory, **OPTIONS, registry_uri=uri) as stack:
            yield Calendar(stack)


@pytest.fixture
def day(calendar: Calendar) -> Iterator[Day]:
    """With two workers, on a stack that works as it should and has nothing else to do."""
    stack = calendar.stack
    stack.start_workers(max(0, WORKERS - len(stack.workers.running())))
    await_workers(stack)
    day = calendar.day()
    yield day
    stack.faults.clear()
    stack.start_dispatch()
    # what a test leaves behind (a second message, a unit that waits) must not meet the next one's faults
    eventually(lambda: day.is_queue_empty, what="the work queue is empty")
    endings = {worker.process.poll() for worker in stack.workers.all()} - {None, 0, -9}
    assert not endings, f"a worker ended with an error: {endings}"
