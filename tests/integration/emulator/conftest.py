"""A server process for each test that starts one."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from labeler_local.emulator.processes import ServerProcess
from tests.integration.emulator.server_process import WORD


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(
        "the server", log=tmp_path / "logs" / "server.log", variables={"PASSWORD": WORD}, secret=WORD
    )
    yield server
    server.stop(signal.SIGKILL)
