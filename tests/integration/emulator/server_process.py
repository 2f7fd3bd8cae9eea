"""Shell commands as third-party servers, and what tests wait for."""

from collections.abc import Callable

from labeler_local.emulator.processes import ServerProcess

WORD = "tulip-7"
HINT = "look there"


def shell(program: str) -> list[str]:
    return ["/bin/sh", "-c", program]


def await_ready(
    server: ServerProcess,
    is_ready: Callable[[], bool] = lambda: False,
    *,
    timeout_s: float = 20,
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    server.await_ready(is_ready, timeout_s=timeout_s, progress=progress, hint=HINT)


def logged(server: ServerProcess, word: str) -> Callable[[], bool]:
    return lambda: word in server.log.read_text()
