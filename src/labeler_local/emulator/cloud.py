"""The local AWS once it runs: its server, clients that lead to it, and the variables for other processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from labeler.aws import Aws
from labeler_local.emulator.environment import REGION, aws_variables, installed, session
from labeler_local.emulator.server import Server


@dataclass(frozen=True, slots=True)
class Cloud:
    server: Server
    aws: Aws
    variables: dict[str, str]

    @property
    def endpoint(self) -> str:
        return self.server.endpoint


@contextmanager
def started_cloud(port: int = 0) -> Iterator[Cloud]:
    """Empty, and gone with the block; `port` 0 takes a free one. This process is led to it, too.

    Raises SettingsError when moto is missing, the port is taken or this process has one already.
    """
    server = Server(port)
    server.start()
    try:
        variables = aws_variables(server.endpoint, REGION)
        with installed(variables):
            yield Cloud(server, Aws(session(server.endpoint, REGION)), variables)
    finally:
        server.stop()
