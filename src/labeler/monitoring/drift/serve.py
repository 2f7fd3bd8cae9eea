"""Evidently's page over a copy of the workspace, which follows the one in S3."""

import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from labeler.errors import SettingsError
from labeler.monitoring.drift.workspace import mirror
from labeler.storage import Bucket

HOST = "127.0.0.1"
"""Nothing listens to the network: a person's port is forwarded here."""
POLL_INTERVAL_S = 0.5
STOP_TIMEOUT_S = 15.0


class Page:
    """`evidently ui` as a child process, started anew when there are new runs: it reads its workspace when it starts."""

    def __init__(self, directory: Path, *, port: int, variables: Mapping[str, str]) -> None:
        self._directory = directory
        self._port = port
        self._variables = dict(variables)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.stop()
        program = [sys.executable, "-W", "ignore", "-m", "evidently.cli", "ui"]
        options = ["--workspace", str(self._directory), "--host", HOST, "--port", str(self._port)]
        self._process = subprocess.Popen([*program, *options], env=self._variables, stdout=subprocess.DEVNULL)

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._process.poll() if self._process else 0

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def serve(
    page: Page, directory: Path, monitoring: Bucket | None, *, refresh_s: float, is_leaving: Callable[[], bool]
) -> None:
    """Until `is_leaving`. Without a bucket the folder is shown as it is. Raises SettingsError when the page ends."""
    sizes: dict[str, int] = {}
    directory.mkdir(parents=True, exist_ok=True)
    if monitoring:
        mirror(monitoring, directory, sizes)
    page.start()
    mirrored_at = time.monotonic()
    try:
        while not is_leaving():
            time.sleep(POLL_INTERVAL_S)
            if page.exit_code is not None:
                raise SettingsError(f"Evidently's page ended with exit code {page.exit_code}", hint="is the port free?")
            if monitoring and time.monotonic() - mirrored_at > refresh_s:
                mirrored_at = time.monotonic()
                if mirror(monitoring, directory, sizes):
                    page.start()
    finally:
        page.stop()
