"""A third-party server as a child process: how it is started and awaited, and its errors."""

import os
import socket
import sys
from pathlib import Path

import psutil
import pytest

from labeler.errors import PermanentError, ServiceUnavailableError, SettingsError
from labeler_local.emulator.processes import TAIL_LINES, ServerProcess, free_port
from tests.integration.emulator.server_process import HINT, WORD, await_ready, logged, shell
from tests.integration.registry_server.conftest import wait_until

SLEEPING = ["/bin/sleep", "300"]


def test_await_ready_waits_until_the_server_is_ready(server: ServerProcess) -> None:
    progress_lines: list[str] = []
    server.start(shell("sleep 0.3; echo up; exec sleep 300"))

    await_ready(server, logged(server, "up"), progress=progress_lines.append)

    assert server.log.read_text() == "up\n"
    assert progress_lines
    assert progress_lines[0] == "the server starts, 0 s"
    assert server.pid is not None
    assert psutil.Process(server.pid).is_running()


def test_server_has_its_own_process_group_and_only_the_given_variables(
    server: ServerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C in the terminal must not reach it before whoever holds it."""
    monkeypatch.setenv("SOMEBODY", "else")
    code = (
        "import os; print(os.getcwd(), os.getpgid(0) == os.getpid(), os.environ['PASSWORD'], 'SOMEBODY' in os.environ)"
    )
    server.start([sys.executable, "-c", code])

    server.await_end(timeout_s=30, hint=HINT)

    assert server.log.read_text() == f"/ True {WORD} False\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_root_can_start_the_server_as_an_unprivileged_user(tmp_path: Path) -> None:
    server = ServerProcess("the server", log=tmp_path / "log", variables={}, user=(65534, 65534))
    server.start(["/usr/bin/id"])

    server.await_end(timeout_s=20, hint=HINT)

    output = server.log.read_text()
    assert (output.count("65534"), "(root)" in output) == (3, False), output


def test_error_of_a_server_that_exited_early_ends_with_its_log(server: ServerProcess) -> None:
    server.start(shell("for i in $(seq 1 20); do echo line $i; done; echo login with $PASSWORD; exit 3"))

    with pytest.raises(PermanentError) as raised:
        await_ready(server)

    first, *last = raised.value.message.splitlines()
    assert first == f"the server ended with exit code 3. Its log {server.log} ends:"
    assert last == [*(f"line {i}" for i in range(22 - TAIL_LINES, 21)), "login with ***"]
    assert raised.value.hint == HINT


def test_response_of_another_server_does_not_count_as_ready(server: ServerProcess) -> None:
    server.start(["/bin/true"])
    assert server.pid is not None
    process = psutil.Process(server.pid)

    def another_answers() -> bool:
        wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE)
        return True

    with pytest.raises(PermanentError, match="ended with exit code 0"):
        await_ready(server, another_answers)


def test_start_timeout_is_a_retryable_error_without_the_secret(server: ServerProcess) -> None:
    server.start(shell("echo hello $PASSWORD; exec sleep 300"))

    with pytest.raises(
        ServiceUnavailableError, match=r"the server is not ready after 0 s[\s\S]*hello \*\*\*"
    ) as raised:
        await_ready(server, lambda: logged(server, "hello")() and False, timeout_s=0.4)

    assert WORD not in str(raised.value)


def test_exception_of_the_progress_callback_ends_the_wait(server: ServerProcess) -> None:
    def leave(_what: str) -> None:
        raise ZeroDivisionError

    server.start(SLEEPING)
    with pytest.raises(ZeroDivisionError):
        await_ready(server, progress=leave)


def test_await_end_raises_on_failure_and_on_timeout(server: ServerProcess) -> None:
    server.start(shell("echo no room; exit 2"))
    with pytest.raises(PermanentError, match=r"the server ended with exit code 2[\s\S]*no room"):
        server.await_end(timeout_s=20, hint=HINT)
    server.start(SLEEPING)
    with pytest.raises(ServiceUnavailableError, match="the server did not end in 0 s"):
        server.await_end(timeout_s=0.1, hint=HINT)


def test_each_start_truncates_the_log(server: ServerProcess) -> None:
    for word in ("first", "second"):
        server.start(shell(f"echo {word}"))
        server.await_end(timeout_s=20, hint=HINT)

    assert server.log.read_text() == "second\n"


def test_missing_program_error_names_the_program(server: ServerProcess) -> None:
    with pytest.raises(PermanentError, match=r"the server can't be run: .*/nowhere/server"):
        server.start(["/nowhere/server"])

    assert (server.pid, server.tail()) == (None, "")
    server.stop()


def test_waiting_for_a_server_that_was_not_started_is_an_error(server: ServerProcess) -> None:
    with pytest.raises(RuntimeError, match="not started"):
        await_ready(server)
    with pytest.raises(RuntimeError, match="not started"):
        server.await_end(timeout_s=1, hint=HINT)
    assert server.tail() == ""


def test_free_port_refuses_a_taken_port() -> None:
    assert free_port() > 1023
    with socket.create_server(("127.0.0.1", 0)) as listening:
        taken = listening.getsockname()[1]
        assert free_port() != taken
        with pytest.raises(SettingsError, match=f"port {taken} can't be opened"):
            free_port(taken)
    assert free_port(taken) == taken
