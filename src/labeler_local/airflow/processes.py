"""Processes that start others: each in a session of its own, ended as a whole and nothing besides."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

GRACE_S = 15.0
POLL_INTERVAL_S = 0.5
END_POLL_INTERVAL_S = 0.2
FOREIGN_VARIABLES = ("AWS_", "LABELER_", "AIRFLOW", "MLFLOW_", "PYTHON")
"""Prefixes of what would change a process: a person's own AWS, Airflow or MLflow, and where Python finds modules."""


class StartError(Exception):
    """A process ended, was not ready in time, or failed at its task; the message has its last output, or names its log."""


def clean_variables() -> dict[str, str]:
    """This process's variables without foreign ones."""
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN_VARIABLES)}


@contextmanager
def running(
    command: Sequence[str], *, cwd: Path, variables: Mapping[str, str], log: Path
) -> "Iterator[subprocess.Popen[bytes]]":
    """Until the block ends. `variables` are its whole environment."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=dict(variables),
            stdin=subprocess.DEVNULL,
            stdout=output,
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
    deadline = time.monotonic() + grace_s
    while _members(process.pid) and time.monotonic() < deadline:
        time.sleep(END_POLL_INTERVAL_S)
    for member in _members(process.pid):
        with suppress(ProcessLookupError):
            os.kill(member, signal.SIGKILL)
    process.wait()


def wait_for(process: "subprocess.Popen[bytes]", is_ready: Callable[[], bool], *, timeout_s: float, log: Path) -> None:
    """Raises StartError."""
    deadline = time.monotonic() + timeout_s
    while not is_ready():
        if process.poll() is not None:
            raise StartError(f"it ended with exit code {process.returncode}; its last words are in {log}")
        if time.monotonic() > deadline:
            raise StartError(f"it is not ready after {timeout_s:.0f} s; its last words are in {log}")
        time.sleep(POLL_INTERVAL_S)


def _signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(group, number)
    for member in _members(group):
        with suppress(ProcessLookupError):
            os.kill(member, number)


def _members(session: int) -> list[int]:
    """Of the session that the process opened: Airflow's children have groups of their own, but stay in it."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, ValueError, IndexError):
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] != "Z":
                members.append(int(entry.name))
    return members
