"""The monitoring host's check of its own page, as its shell runs it; curl and aws are stand-ins."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from cdk.monitoring.user_data import FAILED_CHECKS_BEFORE_REPLACEMENT
from tests.infra.templates import text

CURL = """#!/bin/sh
case "$*" in
*localhost*) [ -f {place}/page ] ;;
*) echo i-0123 ;;
esac
"""


@pytest.fixture
def check_page(stacks: Any, tmp_path: Path) -> Any:
    """Checks once and gives all calls of the aws command until now."""
    data = stacks("prod", "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]
    written = re.search(
        r"^cat >/usr/local/bin/\S+ <<'END'\n(.*?)^END$", text(data["Fn::Base64"]), re.DOTALL | re.MULTILINE
    )
    assert written
    script, calls = tmp_path / "check", tmp_path / "calls"
    script.write_text(written[1].replace("/run/", f"{tmp_path}/"))
    calls.touch()
    for name, body in {"curl": CURL.format(place=tmp_path), "aws": f'#!/bin/sh\necho "$@" >>{calls}\n'}.items():
        (tmp_path / name).write_text(body)
        (tmp_path / name).chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    def once() -> list[str]:
        subprocess.run(["sh", str(script)], env=environ, check=True, timeout=30)  # noqa: S607
        return calls.read_text().splitlines()

    return once


def test_host_asks_for_its_replacement_when_its_page_stays_away(check_page: Any) -> None:
    assert [check_page() for _ in range(FAILED_CHECKS_BEFORE_REPLACEMENT - 1)][-1] == []
    (call,) = check_page()
    assert call.startswith("autoscaling set-instance-health ")
    assert "--instance-id i-0123 --health-status Unhealthy" in call


def test_host_reports_a_page_that_comes_back_and_counts_anew(check_page: Any, tmp_path: Path) -> None:
    for _ in range(FAILED_CHECKS_BEFORE_REPLACEMENT - 1):
        check_page()
    (tmp_path / "page").touch()
    (call,) = check_page()
    assert call.startswith("cloudwatch put-metric-data ")
    (tmp_path / "page").unlink()
    assert check_page() == [call]
