"""`labeler local up --mlflow` as a process of its own."""

import re
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.integration.registry_server.conftest import (
    assert_gone,
    process_tree,
    programs_or_skip,
    shell_variables,
    status,
    wait_until,
)

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(420)]


def up(folder: Path) -> "subprocess.Popen[str]":
    programs_or_skip()
    return subprocess.Popen(
        [sys.executable, "-m", "labeler", "local", "up", "--workers", "0", "--mlflow"],
        cwd=folder,
        env=shell_variables(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_local_up_with_mlflow_serves_the_registry_until_sigterm(tmp_path: Path) -> None:
    process = up(tmp_path)
    started: list[psutil.Process] = []
    first_lines: list[str] = []
    try:
        assert process.stdout is not None
        for line in process.stdout:
            first_lines.append(line)
            if "Ctrl-C" in line:
                break
        registry = re.search(r"^registry: (http://127\.0\.0\.1:(\d+))$", "".join(first_lines), re.MULTILINE)
        assert registry, first_lines
        started = process_tree(process.pid)
        assert {"postgres"} <= {one.name() for one in started}
        assert status(int(registry[2]), "GET", "/health", {}) == 200
        assert f"LABELER_REGISTRY_URI={registry[1]}" in (tmp_path / "build/local/labeler.env").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "the registry's versions, too" in first_lines[-1]
    assert_gone(started)
    assert not (tmp_path / "build/local/postgres").exists()
    assert {"mlflow.log", "postgres.log"} <= {path.name for path in (tmp_path / "build/local/logs").iterdir()}


def test_sigterm_during_start_ends_local_up(tmp_path: Path) -> None:
    """Between two steps: what was started until then is ended, too."""
    process = up(tmp_path)
    log = tmp_path / "build/local/logs/postgres.log"
    started: list[psutil.Process] = []
    try:
        wait_until(lambda: log.exists() and log.stat().st_size > 0, timeout_s=100)
        started = process_tree(process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        out, errors = process.communicate(timeout=120)
    assert process.returncode == 0, errors
    assert out == "stopped before everything was up\n"
    assert_gone(started)
    assert not (tmp_path / "build/local/labeler.env").exists()
