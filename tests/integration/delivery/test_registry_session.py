"""A command reaches a stage's registry by a session that ends with it, and reaches no other stage's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.delivery.conftest import Programs, Run


@pytest.mark.parametrize("machines", ["", "i-1\ti-2"])
def test_the_command_does_not_run_without_exactly_one_monitoring_host(
    programs: Programs, run: Run, machines: str
) -> None:
    programs.add("aws", f'printf "{machines}"')
    programs.add("labeler")
    done = run("with-registry", "prod", "labeler", "model", "promote")
    assert (done.code, "no single running monitoring host" in done.err) == (75, True)
    assert not any(call.startswith("labeler") for call in done.calls)


PLUGIN = """
trap 'rm "$1"; exit' TERM
touch "$1"
while [ -e "$1" ]; do sleep 0.1; done
"""


@pytest.fixture
def port(programs: Programs) -> Iterator[Path]:
    """A file that exists while something listens on the port: as with the real AWS command, that is its child."""
    listening, plugin = programs.folder / "listening", programs.folder / "plugin"
    plugin.write_text(PLUGIN)
    begun = f'sh "{plugin}" "{listening}" >/dev/null 2>&1 &\nwait'
    programs.add("aws", f'[ "$1" = ssm ] || {{ echo i-1; exit; }}\n{begun}')
    programs.add("curl", f'[ -e "{listening}" ]')
    yield listening
    listening.unlink(missing_ok=True)  # a plugin that was left behind sees it, and ends


def test_the_command_reaches_the_registry_through_a_session(port: Path, programs: Programs, run: Run) -> None:
    programs.add("labeler", 'echo "$LABELER_REGISTRY_URI"')
    done = run("with-registry", "dev", "labeler", "model", "promote")
    assert (done.code, done.out.strip()) == (0, "http://localhost:5000"), done.err
    (session,) = (call for call in done.calls if "start-session" in call)
    assert "--target i-1" in session
    assert "host=registry.labeler.internal,portNumber=5000,localPortNumber=5000" in session


@pytest.mark.parametrize("code", [0, 65])
def test_the_session_ends_with_the_command(port: Path, programs: Programs, run: Run, code: int) -> None:
    """What was left behind would be in the way of the next call."""
    programs.add("labeler", f"exit {code}")
    done = run("with-registry", "dev", "labeler", "model", "promote")
    assert (done.code, port.exists()) == (code, False), done.err


def test_a_port_that_is_already_in_use_stops_the_command(programs: Programs, run: Run) -> None:
    programs.add("aws", "echo i-1")
    programs.add("curl")
    programs.add("labeler")
    done = run("with-registry", "dev", "labeler", "model", "promote")
    assert (done.code, "port 5000 already" in done.err) == (75, True)
    assert not any(call.startswith("labeler") or "start-session" in call for call in done.calls)


def test_a_registry_that_does_not_answer_stops_the_command(programs: Programs, run: Run) -> None:
    programs.add("aws", '[ "$1" = ssm ] && exit 1\necho i-1')
    programs.add("curl", "exit 7")
    programs.add("labeler")
    done = run("with-registry", "dev", "labeler", "model", "promote")
    assert (done.code, "does not answer" in done.err) == (75, True)
