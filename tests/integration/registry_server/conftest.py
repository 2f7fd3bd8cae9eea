"""PostgreSQL, and what tests of servers ask about processes. Without PostgreSQL's programs these tests are skipped."""

import http.client
import os
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil
import pytest

from labeler.embedded.postgres import find_programs
from labeler.errors import SettingsError


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Their folder."""
    return programs_or_skip()


def programs_or_skip() -> Path:
    try:
        return find_programs()
    except SettingsError as error:
        pytest.skip(f"no PostgreSQL on this machine: {error}")


def family(pid: int | None) -> list[psutil.Process]:
    """A process and all that it started."""
    assert pid is not None
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def assert_gone(processes: Sequence[psutil.Process], timeout_s: float = 10) -> None:
    """Killed children whose parent is gone are reaped by the system, when it comes to it."""
    assert processes
    _, alive = psutil.wait_procs(processes, timeout=timeout_s)
    assert [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    ends = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def status(port: int, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> int:
    """What a server on this machine answers; `Host` in `headers` replaces its own name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def shell_variables() -> dict[str, str]:
    """Of a person who has no cloud, no registry and no database."""
    ours = ("AWS_", "LABELER_", "MLFLOW_", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}
