"""MLflow's server with a database and artifacts in S3, reachable from this machine only."""

import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from labeler_local.emulator.database_check import check_database
from labeler_local.emulator.environment import complete
from labeler_local.emulator.postgres import Postgres
from labeler_local.emulator.processes import Progress, ServerProcess, free_port

START_TIMEOUT_S = 240.0
"""It takes 20 to 45 s; a busy machine takes longer."""
ARTIFACTS = "artifacts"
"""Below it in the bucket: a folder for each experiment."""
HINT = "see the log; without --mlflow the registry is a file and needs no server"

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    # else it starts consumers of job queues, half a gigabyte that a registry has no work for
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


class RegistryServer:
    """`uri` is the registry for every client; clients get artifacts through the server and need no rights in S3."""

    def __init__(
        self,
        *,
        database: str,
        artifacts: str,
        aws: Mapping[str, str],
        logs: Path,
        port: int = 0,
        workers: int = 1,
        progress: Progress = lambda _: None,
    ) -> None:
        """`database`: a postgresql+psycopg2:// URI. `artifacts`: an s3:// URI. `aws`: the variables that lead to S3."""
        self._database = database
        self._artifacts = artifacts
        self._aws = aws
        self._logs = logs
        self._workers = workers
        self._progress = progress
        self._process: ServerProcess | None = None
        self.port = free_port(port)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Waits until it responds. Raises SettingsError (database, port) or PermanentError that ends with its log."""
        # MLflow itself would try a wrong password ten times, for 100 s
        check_database(self._database)
        free_port(self.port)
        process = ServerProcess(
            "MLflow's server", log=self._logs / "mlflow.log", variables=self._variables(), secret=self._password
        )
        self._process = process
        try:
            process.start(self._command())
            process.await_ready(self._is_ready, timeout_s=START_TIMEOUT_S, progress=self._progress, hint=HINT)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends it and its workers; what it holds stays in the database and in S3."""
        if self._process is not None:
            self._process.stop()
            self._process = None

    def _command(self) -> list[str]:
        """What is secret goes by the environment: anyone on the machine can read a command line."""
        return [
            *(sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(self.port)),
            *("--workers", str(self._workers), "--serve-artifacts", "--artifacts-destination", self._artifacts),
            # a name in somebody's DNS may point to this machine, and his page to that name
            *("--allowed-hosts", f"127.0.0.1:{self.port},localhost:{self.port}"),
        ]

    def _variables(self) -> dict[str, str]:
        own = {**self._aws, **QUIET, "MLFLOW_BACKEND_STORE_URI": self._database}
        return complete(own, without=("MLFLOW_", "_MLFLOW_"))

    @property
    def _password(self) -> str:
        return urlsplit(self._database).password or ""

    def _is_ready(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{self.uri}/health", timeout=5) as answer:
                return bool(answer.status == HTTPStatus.OK)
        except (urllib.error.URLError, OSError):
            return False


@dataclass(frozen=True, slots=True)
class ServedRegistry:
    database: Postgres
    server: RegistryServer


@contextmanager
def served_registry(
    directory: Path, *, bucket: str, aws: Mapping[str, str], port: int = 0, progress: Progress = lambda _: None
) -> Iterator[ServedRegistry]:
    """A database of its own and the server in front of it, until the block ends. Both begin empty."""
    logs = directory / "logs"
    with (
        Postgres(directory / "postgres", logs, progress=progress) as database,
        RegistryServer(
            database=database.uri,
            artifacts=f"s3://{bucket}/{ARTIFACTS}",
            aws=aws,
            logs=logs,
            port=port,
            progress=progress,
        ) as server,
    ):
        yield ServedRegistry(database, server)
