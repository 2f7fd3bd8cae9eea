"""A PostgreSQL of a stack's own: closed to everybody else, and gone without a trace."""

import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg2
import pytest

from labeler.embedded import postgres as module
from labeler.embedded.postgres import DATABASE, USER, Postgres, find_programs, is_reachable, unprivileged_user
from labeler.embedded.registry_server import prove_database
from labeler.errors import PermanentError, SettingsError
from tests.integration.registry_server.conftest import assert_gone, family, programs_or_skip

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes somebody else")


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where every user may go, so that root's PostgreSQL has its data here, too; pytest's own folders are closed."""
    programs_or_skip()
    folder = Path(tempfile.mkdtemp(prefix="labeler-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def server(folder: Path) -> Iterator[Postgres]:
    with Postgres(folder / "postgres", folder / "logs") as server:
        yield server


def asked(server: Postgres, query: str) -> object:
    connection = server.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def listening(processes: list[psutil.Process]) -> set[tuple[str, ...]]:
    found = [one for process in processes for one in process.net_connections("all") if one.status == psutil.CONN_LISTEN]
    return {tuple(map(str, one.laddr)) for one in found}


def test_it_listens_on_loopback_only_and_as_nobody_with_rights(server: Postgres) -> None:
    assert asked(server, "SELECT current_database()") == DATABASE
    assert asked(server, "SHOW unix_socket_directories") == ""
    processes = family(server.pid)

    assert listening(processes) == {("127.0.0.1", str(server.port))}
    assert all(process.uids().effective != 0 for process in processes)
    assert (server.data.stat().st_mode & 0o077, server.data.parent.stat().st_mode & 0o077) == (0, 0)


def test_its_password_is_needed_and_stands_in_no_file_and_no_command_line(server: Postgres, folder: Path) -> None:
    for password in ("wrong", ""):
        wrong = server.uri.replace(server.password, password)
        with pytest.raises(SettingsError) as raised:
            prove_database(wrong)
        place = f"the database {USER}@127.0.0.1:{server.port}/{DATABASE} refuses: "
        assert raised.value.message.startswith(place)
        assert "password" in raised.value.message.removeprefix(place)
        assert "check user, password" in str(raised.value.way_out)
    prove_database(server.uri)

    said = [argument for process in family(server.pid) for argument in process.cmdline()]
    assert not any(server.password in argument for argument in said)
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 100
    assert [path for path in files if server.password.encode() in path.read_bytes()] == []


def test_two_have_passwords_and_ports_of_their_own(server: Postgres, folder: Path) -> None:
    with Postgres(folder / "second", folder / "second-logs") as second:
        assert second.port != server.port
        assert second.password != server.password


def test_stop_leaves_no_process_and_the_next_start_goes_on(server: Postgres) -> None:
    asked(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    busy = server.connect()
    before, uri = family(server.pid), server.uri

    server.stop()

    assert_gone(before)
    busy.close()
    with pytest.raises(SettingsError, match="refuses"):
        prove_database(uri)
    server.start()
    assert (asked(server, "SELECT answer FROM kept"), server.uri) == (42, uri)


def test_close_takes_the_data_along(folder: Path) -> None:
    with Postgres(folder / "postgres", folder / "logs") as server:
        processes, data = family(server.pid), server.data
        assert data == folder.resolve() / "postgres" / "data"

    assert_gone(processes)
    assert [path.name for path in folder.iterdir()] == ["logs"]
    with pytest.raises(RuntimeError, match="no data"):
        _ = server.data


def test_a_folder_in_use_is_refused_with_the_process_that_uses_it(server: Postgres, folder: Path) -> None:
    way_out = rf"end the other `labeler local up`.*kill -INT {server.pid}\b"
    with pytest.raises(SettingsError, match=rf"process {server.pid}, a PostgreSQL server, uses .*/data \({way_out}"):
        Postgres(folder / "postgres", folder / "other-logs").start()

    assert asked(server, "SELECT 1") == 1, "the first one is left alone"


def test_what_a_killed_server_left_is_removed_and_the_next_begins_empty(server: Postgres, folder: Path) -> None:
    asked(server, "CREATE TABLE lost AS SELECT 42 AS answer")
    processes = family(server.pid)
    psutil.Process(server.pid).send_signal(signal.SIGKILL)
    assert_gone(processes)
    assert (server.data / "postmaster.pid").exists()

    with Postgres(folder / "postgres", folder / "logs") as second:
        assert asked(second, "SELECT to_regclass('lost')") is None


def test_a_folder_of_a_person_that_is_no_database_is_not_emptied(folder: Path) -> None:
    own = folder / "postgres" / "data" / "thesis.txt"
    own.parent.mkdir(parents=True)
    own.write_text("three years")

    with pytest.raises(PermanentError, match=r"PostgreSQL ended with exit code 1[\s\S]*not empty"):
        Postgres(folder / "postgres", folder / "logs").start()

    assert own.read_text() == "three years"


def test_who_leaves_during_the_start_leaves_nothing_behind(folder: Path) -> None:
    seen: list[psutil.Process] = []

    def leave(_step: str) -> None:
        if starting.pid is not None and "starts" in _step:
            seen.extend(family(starting.pid))
            raise KeyboardInterrupt

    starting = Postgres(folder / "postgres", folder / "logs", progress=leave)
    with pytest.raises(KeyboardInterrupt):
        starting.start()

    assert_gone(seen)
    assert [path.name for path in folder.iterdir()] == ["logs"]


@needs_root
def test_root_has_the_data_elsewhere_when_the_other_user_cannot_get_to_the_folder(folder: Path) -> None:
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    assert not is_reachable(closed, *unprivileged_user())

    with Postgres(closed / "postgres", closed / "logs") as server:
        data = server.data
        assert asked(server, "SELECT 1") == 1
        assert not data.is_relative_to(closed)
        assert data.stat().st_uid == unprivileged_user()[0]

    assert not data.parent.exists()
    assert [path.name for path in closed.iterdir()] == ["logs"]


@needs_root
def test_a_machine_without_any_user_without_rights_is_an_error(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "UNPRIVILEGED", ("no-such-user",))

    with pytest.raises(SettingsError, match="refuses to run as root.*no-such-user.*as another user"):
        Postgres(folder / "postgres", folder / "logs")


def test_variables_of_a_persons_shell_lead_nowhere(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for name, value in {"PGPORT": str(taken.getsockname()[1]), "PGDATA": "/nowhere", "PGHOST": "/nowhere"}.items():
            monkeypatch.setenv(name, value)
        with Postgres(folder / "postgres", folder / "logs") as server:
            assert asked(server, "SHOW port") == str(server.port)


def test_a_wrong_password_of_ones_own_connection_is_refused_too(server: Postgres) -> None:
    server.password = "wrong"
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        server.connect()


def test_missing_programs_name_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(module, "DEBIAN", tmp_path / "postgresql")

    with pytest.raises(SettingsError, match=r"initdb and postgres are neither on PATH.*apt install postgresql"):
        Postgres(tmp_path / "postgres", tmp_path / "logs")

    assert list(tmp_path.iterdir()) == []


def test_the_newest_programs_are_taken_that_are_whole_and_those_on_the_path_before_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(version: str, *programs: str) -> Path:
        folder = tmp_path / "postgresql" / version / "bin"
        folder.mkdir(parents=True)
        for program in programs:
            (folder / program).touch(mode=0o755)
        return folder

    monkeypatch.setattr(module, "DEBIAN", tmp_path / "postgresql")
    monkeypatch.setenv("PATH", str(tmp_path))
    installed("9", "initdb", "postgres")
    newest = installed("15", "initdb", "postgres")
    installed("17", "postgres")
    assert find_programs() == newest

    own = installed("own", "initdb", "postgres")
    monkeypatch.setenv("PATH", str(own))
    assert find_programs() == own
