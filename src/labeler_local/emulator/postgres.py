"""A PostgreSQL server for one stack: on loopback, without a socket file, with a password and throw-away data."""

import os
import pwd
import secrets
import shutil
import signal
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from labeler.errors import SettingsError
from labeler_local.emulator.environment import complete
from labeler_local.emulator.processes import Child, Progress, free_port

USER = "labeler"
DATABASE = "mlflow"
NEEDED = ("initdb", "postgres")
DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = ("postgres", "nobody")
START_TIMEOUT_S = 60.0
MARKER = "PG_VERSION"
INSTALL = "install it: apt install postgresql"

# What is lost when the machine stops is lost anyway: nothing waits for the disk.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "shared_buffers": "32MB"}


class Postgres:
    """Its data lie below `directory`, begin empty with the first start, and go with `close`.

    A process that is root runs it as an unprivileged user, because PostgreSQL refuses root. When that user can't
    get to `directory` (a home folder, pytest's) the data lie in a temporary folder.
    """

    def __init__(self, directory: Path, logs: Path, *, progress: Progress = lambda _: None) -> None:
        """Raises SettingsError when PostgreSQL is not installed."""
        self._programs = find_programs()
        self._user = unprivileged_user() if os.geteuid() == 0 else None
        self._wanted = directory.resolve()
        self._home: Path | None = None
        self._progress = progress
        self.password = secrets.token_urlsafe(24)
        self.port = 0
        self._child = Child(
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
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def uri(self) -> str:
        """For SQLAlchemy, which would take the driver of version 3 for plain postgresql://."""
        return f"postgresql+psycopg2://{USER}:{self.password}@127.0.0.1:{self.port}/{DATABASE}?sslmode=disable"

    @property
    def pid(self) -> int | None:
        return self._child.pid

    @property
    def data(self) -> Path:
        """Where the data lie. Raises RuntimeError before the first start and after `close`."""
        if self._home is None:
            raise RuntimeError("PostgreSQL has no data yet")
        return self._home / "data"

    def start(self) -> None:
        """Goes on with the data of its own earlier start. Raises PermanentError with its last words."""
        try:
            if self._home is None:
                self._create()
            self.port = free_port(self.port)
            self._child.start(self._command())
            self._child.await_ready(
                self._is_ready, timeout_s=START_TIMEOUT_S, progress=self._progress, hint="see the log"
            )
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Ends it without waiting for its clients; the data stay for the next `start`."""
        self._child.stop(signal.SIGINT)

    def close(self) -> None:
        """Ends it and removes its data."""
        self.stop()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
            self._home = None

    def connect(self, database: str = DATABASE) -> Any:
        """A psycopg2 connection for whoever wants to look into it."""
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

    # ---- its data

    def _create(self) -> None:
        home = self._wanted
        _refuse_in_use(home / "data")
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
        self._child.start(command)
        try:
            self._child.await_end(timeout_s=START_TIMEOUT_S, hint=f"is there room in {home}?")
        finally:
            password.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            **FORGETFUL,
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


def find_programs() -> Path:
    """The folder of PostgreSQL's programs: what PATH says, or Debian's newest. Raises SettingsError."""
    on_path = shutil.which("postgres")
    newest_first = sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    for folder in (*([Path(on_path).resolve().parent] if on_path else []), *newest_first):
        if all(os.access(folder / name, os.X_OK) for name in NEEDED):
            return folder
    raise SettingsError(
        "PostgreSQL's programs initdb and postgres are neither on PATH nor below /usr/lib/postgresql", hint=INSTALL
    )


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


def unprivileged_user() -> tuple[int, int]:
    """Numbers of a user and a group that are not root's. Raises SettingsError when the machine has none."""
    for name in UNPRIVILEGED:
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return found.pw_uid, found.pw_gid
    raise SettingsError(
        f"PostgreSQL refuses to run as root, and there is no user {' or '.join(UNPRIVILEGED)}",
        hint="run `labeler local up --mlflow` as another user",
    )


def is_reachable(folder: Path, uid: int, gid: int) -> bool:
    """May the user go through `folder` and all folders above it?"""

    def may_enter(place: Path) -> bool:
        found = place.stat()
        if found.st_uid == uid:
            return bool(found.st_mode & stat.S_IXUSR)
        return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == gid else stat.S_IXOTH))

    return all(may_enter(place) for place in (folder, *folder.parents))


def _refuse_in_use(data: Path) -> None:
    """postmaster.pid says in its lines who has the data open (first) and on which port (fourth)."""
    file = data / "postmaster.pid"
    said = file.read_text().splitlines() if file.is_file() else []
    if len(said) < 4 or not _is_taken(int(said[3])):
        return
    raise SettingsError(
        f"process {said[0]}, a PostgreSQL server, uses {data}",
        hint=f"end the other `labeler local up`, or take another --directory; if none is left: kill -INT {said[0]}",
    )


def _is_taken(port: int) -> bool:
    try:
        free_port(port)
    except SettingsError:
        return True
    return False
