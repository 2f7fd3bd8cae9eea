"""Stopping a third-party server: nothing that it started is left behind."""

import os
import signal
import sys
import time

import psutil
import pytest

from labeler.errors import PermanentError
from labeler_local.emulator.processes import ServerProcess
from tests.integration.emulator.server_process import await_ready, logged, shell
from tests.integration.registry_server.conftest import assert_gone, process_tree, wait_until


def test_stop_ends_the_child_processes_of_the_server(server: ServerProcess) -> None:
    server.start(shell("sleep 300 & sleep 300 & echo up; wait"))
    await_ready(server, logged(server, "up"))
    processes = process_tree(server.pid)
    assert len(processes) == 3

    server.stop()

    assert_gone(processes)
    assert server.pid is None
    server.stop()


def test_stop_ends_child_processes_of_a_server_that_exited(server: ServerProcess) -> None:
    server.start(shell("sleep 300 & echo up; read nothing"))
    await_ready_or_over(server)
    left = [process for process in psutil.process_iter() if _group(process) == server.pid]
    (orphan,) = (process for process in left if process.pid != server.pid)
    wait_until(lambda: orphan.name() == "sleep")

    server.stop()

    assert_gone(left)


def await_ready_or_over(server: ServerProcess) -> None:
    with pytest.raises(PermanentError, match="ended with exit code"):
        await_ready(server)


def _group(process: psutil.Process) -> int | None:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return None


def test_server_that_ignores_the_signal_is_killed(server: ServerProcess) -> None:
    server.start(shell("trap '' TERM; echo up; while true; do sleep 0.05; done"))
    await_ready(server, logged(server, "up"))
    processes = process_tree(server.pid)
    started = time.monotonic()

    server.stop(timeout_s=0.3)

    assert_gone(processes)
    assert time.monotonic() - started >= 0.3, "it had its time to end by itself"


def test_stop_sends_the_given_signal(server: ServerProcess) -> None:
    # no shell: where the tests run in the background SIGINT is ignored, and a shell can't trap what it found ignored
    code = (
        "import signal, sys, time\n"
        "signal.signal(signal.SIGINT, lambda *_: sys.exit('interrupted'))\n"
        "print('up', flush=True)\n"
        "time.sleep(300)"
    )
    server.start([sys.executable, "-c", code])
    await_ready(server, logged(server, "up"))

    server.stop(signal.SIGINT)

    assert server.log.read_text() == "up\ninterrupted\n"
