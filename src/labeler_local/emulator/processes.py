"""A third-party server as a child process: started with a log, awaited, and ended with all its child processes."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from labeler.errors import LabelerError, PermanentError, ServiceUnavailableError, SettingsError

POLL_INTERVAL_S = 0.1
TAIL_LINES = 12

Progress = Callable[[str], None]
"""Called repeatedly with what is waited for; its exception ends the start, and the process."""


class ServerProcess:
    """In a process group of its own: Ctrl-C reaches the owner of the stack, which then stops its servers in order."""

    def __init__(
        self,
        name: str,
        *,
        log: Path,
        variables: Mapping[str, str],
        user: tuple[int, int] | None = None,
        secret: str = "",
    ) -> None:
        """`user`: number of the user and the group that it runs as. `secret` is never in an error's message."""
        self.name = name
        self.log = log
        self._variables = dict(variables)
        self._user = user
        self._secret = secret
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """None unless it was started."""
        return self._process.pid if self._process else None

    def start(self, command: Sequence[str]) -> None:
        """Its log begins anew. Raises PermanentError when the program can't be run."""
        uid, gid = self._user or (None, None)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("wb") as log:
            try:
                self._process = subprocess.Popen(
                    list(command),
                    env=self._variables,
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    process_group=0,
                    user=uid,
                    group=gid,
                    extra_groups=None if gid is None else [],
                )
            except OSError as error:
                raise PermanentError(f"{self.name} can't be run: {error}") from error

    def await_ready(self, is_ready: Callable[[], bool], *, timeout_s: float, progress: Progress, hint: str) -> None:
        """Raises PermanentError that ends with its log when it ends meanwhile, ServiceUnavailableError when it takes longer."""
        started = time.monotonic()
        while not self._is_ready(is_ready, hint):
            waited = time.monotonic() - started
            progress(f"{self.name} starts, {waited:.0f} s")
            if waited > timeout_s:
                raise self.failure(f"is not ready after {timeout_s:.0f} s", hint, error_type=ServiceUnavailableError)
            time.sleep(POLL_INTERVAL_S)

    def await_end(self, *, timeout_s: float, hint: str) -> None:
        """Raises PermanentError that ends with its log when it fails, ServiceUnavailableError when it takes longer."""
        if self._process is None:
            raise RuntimeError(f"{self.name} is not started")
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired as error:
            raise self.failure(f"did not end in {timeout_s:.0f} s", hint, error_type=ServiceUnavailableError) from error
        if code != 0:
            raise self.failure(f"ended with exit code {code}", hint)

    def _is_ready(self, is_ready: Callable[[], bool], hint: str) -> bool:
        if self._process is None:
            raise RuntimeError(f"{self.name} is not started")
        # in this order the response of another server does not count when this process has ended
        is_up = is_ready()
        ended = self._process.poll()
        if ended is not None:
            raise self.failure(f"ended with exit code {ended}", hint)
        return is_up

    def failure(self, what: str, hint: str, *, error_type: type[LabelerError] = PermanentError) -> LabelerError:
        return error_type(f"{self.name} {what}. Its log {self.log} ends:\n{self.tail()}", hint=hint)

    def tail(self) -> str:
        if not self.log.exists():
            return ""
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        text = "\n".join(lines)
        return text.replace(self._secret, "***") if self._secret else text

    def stop(self, number: signal.Signals = signal.SIGTERM, *, timeout_s: float = 15.0) -> None:
        """Sends the signal `number`; whatever of its group still runs after `timeout_s` is killed."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.poll() is None:
            process.send_signal(number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout_s)
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        _await_gone(process.pid)


def _await_gone(group: int, timeout_s: float = 5.0) -> None:
    """Killed processes whose parent is gone are reaped by the system, a moment later."""
    deadline = time.monotonic() + timeout_s
    with suppress(ProcessLookupError):
        while time.monotonic() < deadline:
            os.killpg(group, 0)
            time.sleep(0.02)


def free_port(port: int = 0) -> int:
    """A loopback port that is free now; 0 takes any. Raises SettingsError when `port` is taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise SettingsError(f"port {port} can't be opened", hint="choose another one") from error
        return int(probe.getsockname()[1])
