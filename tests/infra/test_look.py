"""The monitoring host's look at its own page, as its shell runs it; curl and aws are stand-ins."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.infra.templates import text

CURL = """#!/bin/sh
case "$*" in
*localhost*) [ -f {place}/page ] ;;
*) echo i-0123 ;;
esac
"""


@pytest.fixture
def look(stacks: Any, tmp_path: Path) -> Any:
    """Looks once and gives all that was said to AWS until now."""
    data = stacks("prod", "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]
    written = re.search(
        r"^cat >/usr/local/bin/\S+ <<'END'\n(.*?)^END$", text(data["Fn::Base64"]), re.DOTALL | re.MULTILINE
    )
    assert written
    script, said = tmp_path / "look", tmp_path / "said"
    script.write_text(written[1].replace("/run/", f"{tmp_path}/"))
    said.touch()
    for name, body in {"curl": CURL.format(place=tmp_path), "aws": f'#!/bin/sh\necho "$@" >>{said}\n'}.items():
        (tmp_path / name).write_text(body)
        (tmp_path / name).chmod(0o755)
    environ = {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"}

    def once() -> list[str]:
        subprocess.run(["sh", str(script)], env=environ, check=True, timeout=30)  # noqa: S607
        return said.read_text().splitlines()

    return once


def test_a_host_asks_for_another_one_when_its_page_stays_away(look: Any) -> None:
    from parts.host_start import LOOKS_UNTIL_GIVEN_UP

    assert [look() for _ in range(LOOKS_UNTIL_GIVEN_UP - 1)][-1] == []
    (asked,) = look()
    assert asked.startswith("autoscaling set-instance-health ")
    assert "--instance-id i-0123 --health-status Unhealthy" in asked


def test_a_page_that_comes_back_is_told_of_and_begins_anew(look: Any, tmp_path: Path) -> None:
    from parts.host_start import LOOKS_UNTIL_GIVEN_UP

    for _ in range(LOOKS_UNTIL_GIVEN_UP - 1):
        look()
    (tmp_path / "page").touch()
    (told,) = look()
    assert told.startswith("cloudwatch put-metric-data ")
    (tmp_path / "page").unlink()
    assert look() == [told]
