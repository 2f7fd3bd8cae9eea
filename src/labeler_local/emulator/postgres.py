"""A PostgreSQL server for one stack: on loopback, without a socket file, with a password and throw-away data."""

import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from labeler.errors import SettingsError
from labeler_local.emulator.environment import complete
from labeler_local.emulator.postgres_host import find_programs, is_reachable, refuse_in_use, unprivileged_user
from labeler_local.emulator.processes import Progress, ServerProcess, free_port

USER = "labeler"
DATABASE = "mlflow"
START_TIMEOUT_S = 60.0
MARKER = "PG_VERSION"

# The data need not survive a crash: nothing waits for the disk.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


class Postgres:
    """Its data are below `directory`, begin empty with the first start, and go with `close`.

    A process that is root runs it as an unprivileged user, because PostgreSQL refuses root. When that user can't
    get to `directory` (a home folder, pytest's) the data are in a temporary folder.
    """

    def __init__(self, directory: Path, logs: Path, *, progress: Progress = lambda _: None) -> None:
        """Raises SettingsError when PostgreSQL is not installed."""
        self._programs = find_programs()
        self._user = unprivileged_user() if os.geteuid() == 0 else None
        self._directory = directory.resolve()
        self._home: Path | None = None
        self._progress = progress
        self.password = secrets.token_urlsafe(24)
        self.port = 0
        self._process = ServerProcess(
            "PostgreSQL",
            log=logs / "postgres.log",
            variables=complete({"LC_ALL": "C"}, without=("PG",)),
            user=self._user,
            secret=self.password,
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, error_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def uri(self) -> str:
        """For SQLAlchemy, which would take the driver of version 3 for plain postgresql://."""
        return f"postgresql+psycopg2://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}?sslmode=disable"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def data(self) -> Path:
        """Where the data are. Raises RuntimeError before the first start and after `close`."""
        if self._home is None:
            raise RuntimeError("PostgreSQL has no data yet")
        return self._home / "data"

    def start(self) -> None:
        """A restart keeps the data. Raises PermanentError that ends with its log."""
        try:
            if self._home is None:
                self._create()
            self.port = free_port(self.port)
            self._process.start(self._command())
            self._process.await_ready(
                self._is_ready, timeout_s=START_TIMEOUT_S, progress=self._progress, hint="see the log"
            )
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Ends it without waiting for its clients; the data stay for the next `start`."""
        self._process.stop(signal.SIGINT)

    def close(self) -> None:
        """Ends it and removes its data."""
        self.stop()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    def connect(self, database: str = DATABASE) -> Any:
        """A psycopg2 connection."""
        import psycopg2

        return psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user=USER,
            password=self.password,
            dbname=database,
            sslmode="disable",
            connect_timeout=5,
        )

    def _create(self) -> None:
        home = self._directory
        refuse_in_use(home / "data")
        if (home / "data" / MARKER).exists():
            shutil.rmtree(home)  # of a stack that was killed: what its rows point to was in memory
        home.mkdir(parents=True, exist_ok=True)
        if any(home.iterdir()):  # `close` removes it
            raise SettingsError(
                f"{home} is not empty and holds no database", hint="take another --directory, or remove it"
            )
        if self._user is not None and not is_reachable(home.parent, *self._user):
            home.rmdir()
            home = Path(tempfile.mkdtemp(prefix="labeler-postgres-"))
        self._home = home
        if self._user is not None:
            os.chown(home, *self._user)
        home.chmod(0o700)
        self._initialise(home)

    def _initialise(self, home: Path) -> None:
        password = home / "password"
        password.touch(mode=0o600)
        password.write_text(self.password)
        if self._user is not None:
            os.chown(password, *self._user)
        command = [
            str(self._programs / "initdb"),
            *(f"--pgdata={home / 'data'}", f"--username={USER}", f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"),
        ]
        self._progress("PostgreSQL makes its data directory")
        self._process.start(command)
        try:
            self._process.await_end(timeout_s=START_TIMEOUT_S, hint=f"is there room in {home}?")
        finally:
            password.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            **NOT_DURABLE,
        }
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        return [str(self._programs / "postgres"), "-D", str(self.data), *settings]

    def _is_ready(self) -> bool:
        """Makes the database when it is not there yet."""
        import psycopg2

        try:
            connection = self.connect("postgres")
        except psycopg2.OperationalError:
            return False
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (DATABASE,))
                if cursor.fetchone() is None:
                    cursor.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            connection.close()
        return True
