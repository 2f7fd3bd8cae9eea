"""Processes that start others: each in a session of its own, ended as a whole and nothing besides."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

GRACE_S = 15.0


class StartError(Exception):
    """A process ended, was not ready in time, or failed at its task; the message has its last words, or names its log."""


@contextmanager
def running(
    command: Sequence[str], *, cwd: Path, variables: Mapping[str, str], log: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    """Until the block ends. `variables` stand in the place of all that this process has."""
    with log.open("ab") as said:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: "subprocess.Popen[bytes]", grace_s: float = GRACE_S) -> None:
    """TERM to its whole session, and KILL to what is left: `airflow standalone` does not end its children itself."""
    _signal_group(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(grace_s)
    ends = time.monotonic() + grace_s
    while _members(process.pid) and time.monotonic() < ends:
        time.sleep(0.2)
    for member in _members(process.pid):
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


def wait_for(process: "subprocess.Popen[bytes]", is_ready: Callable[[], bool], *, timeout_s: float, log: Path) -> None:
    """Raises StartError."""
    ends = time.monotonic() + timeout_s
    while not is_ready():
        if process.poll() is not None:
            raise StartError(f"it ended with exit code {process.returncode}; its last words are in {log}")
        if time.monotonic() > ends:
            raise StartError(f"it is not ready after {timeout_s:.0f} s; its last words are in {log}")
        time.sleep(0.5)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
    for member in _members(group):
        with suppress(ProcessLookupError):
            os.kill(member, number)


def _members(session: int) -> list[int]:
    """Of the session that the process opened: Airflow's children have groups of their own, but stay in it."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                found.append(int(entry.name))
    return found
