"""Worker processes, with a small stand-in for `labeler worker`."""

import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from labeler_local.emulator.workers import Workers

# Prints its environment, then runs until SIGTERM.
STAND_IN = """
import os, signal, sys, time
def drain(*_):
    print("drained", flush=True)
    sys.exit(0)
if os.environ["LABELER_TASK"] != "deaf":
    signal.signal(signal.SIGTERM, drain)
else:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", os.environ["OMP_NUM_THREADS"], os.environ.get("AWS_PROFILE"), flush=True)
time.sleep(60)
"""


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Callable[..., Workers]]:
    created: list[Workers] = []

    def make_one(task: str = "some", **options: Any) -> Workers:
        command = (sys.executable, "-S", "-c", STAND_IN)
        created.append(Workers({"LABELER_TASK": task}, tmp_path, command=command, **options))
        return created[-1]

    yield make_one
    for workers in created:
        workers.stop(timeout_s=0)


def test_stop_drains_workers(make: Callable[..., Workers], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    workers = make()
    started = workers.start(2)
    _wait(lambda: all("ready" in worker.log.read_text() for worker in started))

    workers.stop()

    assert [worker.log.read_text() for worker in started] == ["ready 1 None\ndrained\n"] * 2
    assert [worker.process.returncode for worker in started] == [0, 0]
    assert workers.running() == []


def test_why_none_runs_quotes_the_log_of_the_first_worker(make: Callable[..., Workers]) -> None:
    workers = make()
    first, second = workers.start(2)
    _wait(lambda: all("ready" in worker.log.read_text() for worker in (first, second)))

    workers.kill(first.index)
    assert workers.why_none_runs() is None, "one is left"

    workers.kill(second.index)
    assert workers.why_none_runs() == "all workers ended; the first one's last words: ready 1 None"
    first.log.write_text("")
    assert str(workers.why_none_runs()).endswith("it said nothing")


def test_worker_that_does_not_drain_is_killed(make: Callable[..., Workers]) -> None:
    workers = make("deaf")
    [worker] = workers.start()
    _wait(lambda: "ready" in worker.log.read_text())

    workers.stop(timeout_s=0.2)

    assert worker.process.returncode == -signal.SIGKILL


def test_killed_worker_is_not_restarted_by_default(make: Callable[..., Workers]) -> None:
    workers = make()
    first, second = workers.start(2)

    workers.kill(0)
    time.sleep(0.5)

    assert first.process.returncode == -signal.SIGKILL
    assert workers.running() == [second]


def test_killed_worker_is_restarted_when_restarting_is_on(make: Callable[..., Workers]) -> None:
    workers = make(is_restarting=True)
    [first] = workers.start()

    workers.kill(0)
    _wait(lambda: [worker.restarts for worker in workers.running()] == [1])

    [again] = workers.running()
    assert again.index == first.index
    assert again.process.pid != first.process.pid
    _wait(lambda: "ready" in again.log.read_text())
    workers.stop()
    assert again.process.returncode == 0


def _wait(is_so: Callable[[], bool], timeout_s: float = 10.0) -> None:
    deadline = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
