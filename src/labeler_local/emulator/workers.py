"""Real worker processes, each with its log file. Ends only what it started."""

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from labeler_local.emulator.environment import complete

COMMAND = (sys.executable, "-m", "labeler", "worker")
# Workers are the parallelism: a math library that starts a thread per core in each of them only gets in their way.
ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_DEFAULT_NUM_THREADS"), "1"
)
POLL_INTERVAL_S = 0.2
MAX_PAUSE_S = 10.0


@dataclass(slots=True)
class Worker:
    index: int
    process: subprocess.Popen[bytes]
    log: Path
    restarts: int = 0


class Workers:
    """`is_restarting`: a worker that ended with an error is started again under its index, as Kubernetes does."""

    def __init__(
        self,
        variables: Mapping[str, str],
        logs: Path,
        *,
        command: Sequence[str] = COMMAND,
        is_restarting: bool = False,
    ) -> None:
        self._variables = {**ONE_THREAD, **variables}
        self._logs = logs
        self._command = list(command)
        self._workers: dict[int, Worker] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._supervisor: threading.Thread | None = None
        self._is_restarting = is_restarting

    def start(self, count: int = 1) -> list[Worker]:
        """Adds `count` workers and returns them without waiting until they are ready."""
        self._stopping.clear()
        with self._lock:
            first = len(self._workers)
            started = [self._start(index) for index in range(first, first + count)]
            self._workers.update({worker.index: worker for worker in started})
        if self._is_restarting and self._supervisor is None:
            self._supervisor = threading.Thread(target=self._supervise, name="supervisor", daemon=True)
            self._supervisor.start()
        return started

    def running(self) -> list[Worker]:
        with self._lock:
            return [worker for worker in self._workers.values() if worker.process.poll() is None]

    def all(self) -> list[Worker]:
        """Also those that have ended."""
        with self._lock:
            return list(self._workers.values())

    def why_none_runs(self) -> str | None:
        """That all have ended, and the end of the first one's log; None while one runs."""
        if self.running():
            return None
        lines = self.all()[0].log.read_text(errors="replace").strip().splitlines()
        return f"all workers ended; the first one's last words: {' '.join(lines[-2:]) or 'it said nothing'}"

    def kill(self, index: int, number: signal.Signals = signal.SIGKILL) -> None:
        """Sends a signal to a worker that runs; waits until the kernel has ended it when it is SIGKILL."""
        with self._lock:
            process = self._workers[index].process
        process.send_signal(number)
        if number == signal.SIGKILL:
            process.wait()

    def stop(self, timeout_s: float = 30.0) -> None:
        """Asks all to drain (SIGTERM) and ends those that take longer than `timeout_s`."""
        self._stopping.set()
        if self._supervisor is not None:
            self._supervisor.join()
            self._supervisor = None
        running = self.running()
        for worker in running:
            worker.process.terminate()
        deadline = time.monotonic() + timeout_s
        for worker in running:
            try:
                worker.process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def _start(self, index: int, restarts: int = 0) -> Worker:
        self._logs.mkdir(parents=True, exist_ok=True)
        path = self._logs / f"worker-{index}.log"
        with path.open("ab") as log:
            return Worker(index, self._spawn(log), path, restarts)

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """In a process group of its own: Ctrl-C reaches whoever holds the stack, which then drains the workers."""
        return subprocess.Popen(
            self._command,
            env=complete(self._variables),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )

    def _supervise(self) -> None:
        """One that falls over again and again is started again ever later, up to `MAX_PAUSE_S`."""
        due: dict[int, float] = {}
        while not self._stopping.wait(POLL_INTERVAL_S):
            with self._lock:
                for index, worker in self._workers.items():
                    if worker.process.poll() in (None, 0):
                        due.pop(index, None)
                    elif time.monotonic() >= due.setdefault(index, time.monotonic() + _pause_s(worker.restarts)):
                        del due[index]
                        self._workers[index] = self._start(index, worker.restarts + 1)


def _pause_s(restarts: int) -> float:
    return min(MAX_PAUSE_S, POLL_INTERVAL_S * (2 ** min(restarts, 16) - 1))
