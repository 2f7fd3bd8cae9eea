"""A PostgreSQL of a stack's own: closed to everybody else, and gone without a trace."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from labeler.errors import SettingsError
from labeler_local.emulator import postgres_host
from labeler_local.emulator.database_check import check_database
from labeler_local.emulator.postgres import DATABASE, USER, Postgres
from labeler_local.emulator.postgres_host import is_reachable, unprivileged_user
from tests.integration.registry_server.conftest import assert_gone, command_lines, process_tree, programs_or_skip

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


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """For tests that only look."""
    programs_or_skip()
    folder = tmp_path_factory.mktemp("shared")
    with Postgres(folder / "postgres", folder / "logs") as shared:
        yield shared


def query_value(server: Postgres, query: str) -> object:
    connection = server.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query)
            return cursor.fetchone()[0] if cursor.description else None
    finally:
        connection.close()


def test_postgres_listens_on_loopback_only_as_an_unprivileged_user(shared: Postgres) -> None:
    assert query_value(shared, "SELECT current_database()") == DATABASE
    assert query_value(shared, "SHOW unix_socket_directories") == ""
    process = psutil.Process(shared.pid)

    listening = [one.laddr for one in process.net_connections("all") if one.status == psutil.CONN_LISTEN]
    assert listening == [("127.0.0.1", shared.port)]
    assert process.uids().effective != 0
    assert (shared.data.stat().st_mode & 0o077, shared.data.parent.stat().st_mode & 0o077) == (0, 0)


@pytest.mark.parametrize("password", ["wrong", ""])
def test_wrong_password_error_names_user_and_database(shared: Postgres, password: str) -> None:
    check_database(shared.uri)
    with pytest.raises(SettingsError) as raised:
        check_database(shared.uri.replace(shared.password, password))

    place = f"the database {USER}@127.0.0.1:{shared.port}/{DATABASE} refuses: "
    assert raised.value.message.startswith(place)
    assert "password" in raised.value.message.removeprefix(place)
    assert "check user, password" in str(raised.value.hint)


def test_postgres_password_is_in_no_file_and_no_command_line(shared: Postgres) -> None:
    assert not any(shared.password in line for line in command_lines(shared.pid))
    home = shared.data.parent
    names = [path for path in home.rglob("*") if path.is_file()]
    assert len(names) > 100
    assert [path for path in names if shared.password.encode() in path.read_bytes()] == []
    assert [path.name for path in home.iterdir()] == ["data"]


def test_stop_ends_all_processes_and_restart_keeps_the_data(server: Postgres) -> None:
    query_value(server, "CREATE TABLE kept AS SELECT 42 AS answer")
    busy = server.connect()
    before, uri = process_tree(server.pid), server.uri

    server.stop()

    assert_gone(before)
    busy.close()
    with pytest.raises(SettingsError, match="refuses"):
        check_database(uri)
    server.start()
    assert (query_value(server, "SELECT answer FROM kept"), server.uri) == (42, uri)


def test_close_removes_the_data(folder: Path) -> None:
    with Postgres(folder / "postgres", folder / "logs") as server:
        processes = process_tree(server.pid)
        assert server.data == folder.resolve() / "postgres" / "data"

    assert_gone(processes)
    assert [path.name for path in folder.iterdir()] == ["logs"]
    with pytest.raises(RuntimeError, match="no data"):
        _ = server.data


def test_data_folder_in_use_is_refused_naming_its_process(server: Postgres, folder: Path) -> None:
    hint = rf"end the other `labeler local up`.*kill -INT {server.pid}\b"
    with pytest.raises(SettingsError, match=rf"process {server.pid}, a PostgreSQL server, uses .*/data \({hint}"):
        Postgres(folder / "postgres", folder / "other-logs").start()

    assert query_value(server, "SELECT 1") == 1, "the first one is left alone"


def test_data_of_a_killed_server_is_removed_at_the_next_start(server: Postgres, folder: Path) -> None:
    query_value(server, "CREATE TABLE lost AS SELECT 42 AS answer")
    processes = process_tree(server.pid)
    psutil.Process(server.pid).send_signal(signal.SIGKILL)
    assert_gone(processes)
    assert (server.data / "postmaster.pid").exists()

    with Postgres(folder / "postgres", folder / "logs") as second:
        assert query_value(second, "SELECT to_regclass('lost')") is None


def test_folder_without_a_database_is_refused_and_left_alone(folder: Path) -> None:
    own = folder / "postgres" / "data" / "thesis.txt"
    own.parent.mkdir(parents=True)
    own.write_text("three years")

    with pytest.raises(SettingsError, match="is not empty and holds no database"):
        Postgres(folder / "postgres", folder / "logs").start()

    assert own.read_text() == "three years"


def test_interrupted_start_leaves_no_process_and_no_data(folder: Path) -> None:
    seen: list[psutil.Process] = []

    def leave(step: str) -> None:
        if "starts" in step:
            seen.extend(process_tree(starting.pid))
            raise KeyboardInterrupt

    starting = Postgres(folder / "postgres", folder / "logs", progress=leave)
    with pytest.raises(KeyboardInterrupt):
        starting.start()

    assert_gone(seen)
    assert [path.name for path in folder.iterdir()] == ["logs"]


@needs_root
def test_root_uses_a_temporary_folder_when_the_unprivileged_user_cannot_enter_it(folder: Path) -> None:
    closed = folder / "home"
    closed.mkdir(mode=0o700)
    assert not is_reachable(closed, *unprivileged_user())

    with Postgres(closed / "postgres", closed / "logs") as server:
        data = server.data
        assert query_value(server, "SELECT 1") == 1
        assert not data.is_relative_to(closed)
        assert data.stat().st_uid == unprivileged_user()[0]

    assert not data.parent.exists()
    assert [path.name for path in closed.iterdir()] == ["logs"]


@needs_root
def test_root_without_an_unprivileged_user_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_host, "UNPRIVILEGED", ("no-such-user",))

    with pytest.raises(SettingsError, match=r"refuses to run as root.*no-such-user.*as another user"):
        Postgres(folder / "postgres", folder / "logs")
