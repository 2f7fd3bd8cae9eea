"""MLflow's server of a local stack: rows in PostgreSQL, artifacts in S3, and closed to whoever is not of this machine."""

import socket
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from labeler import layout
from labeler.errors import PermanentError, ServiceUnavailableError, SettingsError
from labeler.models.artifacts import copy_model_to_runs
from labeler.models.registry import CHAMPION
from labeler.models.versions import list_versions
from labeler_local.emulator.registry_server import RegistryServer
from labeler_local.emulator.stack import local_stack
from tests.champion import MODEL
from tests.conftest import TEST_OPTIONS
from tests.integration.registry_server.conftest import (
    artifacts_in,
    assert_gone,
    command_lines,
    first_champion,
    opened_run,
    process_tree,
    status,
)

if TYPE_CHECKING:
    from labeler.experiment.training.first_model import FirstModel
    from labeler_local.emulator.registry_server import ServedRegistry
    from labeler_local.emulator.stack import LocalStack

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(420)]

CREATE, SEARCH = "/api/2.0/mlflow/registered-models/create", "/api/2.0/mlflow/registered-models/search"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, postgres_programs: Path) -> "Iterator[LocalStack]":
    directory = tmp_path_factory.mktemp("served")
    with local_stack(directory, is_serving_mlflow=True, is_dispatching=False, **TEST_OPTIONS) as stack:
        yield stack


@pytest.fixture(scope="module")
def registry(stack: "LocalStack") -> "ServedRegistry":
    assert stack.registry is not None
    return stack.registry


@pytest.fixture(scope="module")
def first(stack: "LocalStack") -> "FirstModel":
    return first_champion(stack.manifest_settings.registry_uri)


def rows(registry: "ServedRegistry", query: str, *values: str) -> list[tuple[Any, ...]]:
    connection = registry.database.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return list(cursor.fetchall()) if cursor.description else []
    finally:
        connection.close()


def test_every_process_of_the_stack_uses_the_server(stack: "LocalStack", registry: "ServedRegistry") -> None:
    assert stack.manifest_settings.registry_uri == registry.server.uri
    assert stack.environment()["LABELER_REGISTRY_URI"] == f"http://127.0.0.1:{registry.server.port}"
    assert not (stack.directory / "mlflow.db").exists()


def test_a_first_champion_has_its_rows_in_postgresql(registry: "ServedRegistry", first: "FirstModel") -> None:
    assert rows(registry, "SELECT version FROM model_versions WHERE name = %s", MODEL) == [(int(first.version),)]
    aliases = rows(registry, "SELECT alias, version FROM registered_model_aliases WHERE name = %s", MODEL)
    assert aliases == [(CHAMPION, int(first.version))]
    tag = rows(registry, "SELECT value FROM model_version_tags WHERE name = %s AND key = 'labeler.sha256'", MODEL)
    assert tag == [(first.sha256,)]


def test_a_first_champion_has_its_artifacts_in_s3(stack: "LocalStack", first: "FirstModel") -> None:
    """As the page says: artifacts/<experiment>/models/<model>/."""
    parts = [key.split("/") for key in artifacts_in(stack)]

    assert {(each[0], each[2]) for each in parts} == {("artifacts", "models")}
    assert {"MLmodel", "model.skops"} <= {each[-1] for each in parts}
    assert [path.name for path in stack.directory.rglob("*.skops")] == []


def test_the_champion_is_copied_with_the_digest_that_was_registered(stack: "LocalStack", first: "FirstModel") -> None:
    pin = copy_model_to_runs(stack.manifest_settings.registry_uri, MODEL, None, stack.runs)

    assert (pin.version, pin.sha256) == (first.version, first.sha256)
    assert stack.runs.has(layout.model_key(first.sha256))


def test_a_run_is_opened_with_the_champion_of_the_server(stack: "LocalStack", first: "FirstModel") -> None:
    index = opened_run(stack, date(2026, 3, 2))

    assert (index.pins.model.version, index.pins.model.sha256) == (first.version, first.sha256)


def test_a_request_with_a_foreign_host_header_is_refused(registry: "ServedRegistry") -> None:
    port = registry.server.port
    for own in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert status(port, "GET", SEARCH, {"Host": own}) == 200
    for foreign in ("evil.example", f"evil.example:{port}", "127.0.0.1:1", "192.168.0.1", f"10.0.0.1:{port}"):
        assert status(port, "GET", SEARCH, {"Host": foreign}) == 403
        assert status(port, "GET", "/", {"Host": foreign}) == 403
        assert status(port, "POST", CREATE, {"Host": foreign, **JSON}, '{"name": "theirs"}') == 403
    assert status(port, "GET", "/health", {"Host": "evil.example"}) == 200


def test_a_write_from_another_origin_is_refused(registry: "ServedRegistry") -> None:
    server = registry.server

    assert status(server.port, "POST", CREATE, {"Origin": "http://evil.example", **JSON}, '{"name": "theirs"}') == 403

    assert rows(registry, "SELECT 1 FROM registered_models WHERE name = 'theirs'") == []
    assert status(server.port, "POST", CREATE, {"Origin": server.uri, **JSON}, '{"name": "ours"}') == 200


def test_the_server_listens_on_loopback_only_and_no_command_line_contains_its_password(
    registry: "ServedRegistry",
) -> None:
    server = registry.server
    listening = [
        one.laddr
        for process in process_tree(server.pid)
        for one in process.net_connections("inet")
        if one.status == psutil.CONN_LISTEN
    ]

    assert set(listening) == {("127.0.0.1", server.port)}
    lines = command_lines(server.pid)
    assert any("mlflow" in line for line in lines)
    assert not any(registry.database.password in line for line in lines)


def test_a_restart_keeps_the_versions_and_ends_all_processes(
    stack: "LocalStack", registry: "ServedRegistry", first: "FirstModel"
) -> None:
    """And the end of the server is the end of all its processes; meanwhile the error is a retryable one."""
    server = registry.server
    before, processes = list_versions(server.uri, MODEL), process_tree(server.pid)
    assert len(processes) > 1

    server.stop()
    try:
        assert_gone(processes)
        with pytest.raises(ServiceUnavailableError, match="asking the registry"):
            copy_model_to_runs(server.uri, MODEL, None, stack.runs)
    finally:
        server.start()

    assert list_versions(server.uri, MODEL) == before
    assert copy_model_to_runs(server.uri, MODEL, None, stack.runs).sha256 == first.sha256


def another_server(stack: "LocalStack", folder: Path, database: str, port: int = 0) -> RegistryServer:
    return RegistryServer(
        database=database, artifacts="s3://labeler-registry/other", aws=stack.aws_variables, logs=folder, port=port
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (("{password}@", "wrong@"), r"refuses: .*password authentication failed.*check user, password"),
        (("/mlflow?", "/other?"), r'127\.0\.0\.1:\d+/other refuses: .*"other" does not exist'),
        (("+psycopg2", ""), r"begins with postgresql\+psycopg2://, not postgresql://.*name the driver"),
    ],
    ids=["password", "database", "driver"],
)
def test_a_wrong_database_address_is_refused_before_mlflow_starts(
    stack: "LocalStack", registry: "ServedRegistry", tmp_path: Path, changed: tuple[str, str], message: str
) -> None:
    database = registry.database
    old, new = changed
    wrong = database.uri.replace(old.format(password=database.password), new)
    assert wrong != database.uri
    server = another_server(stack, tmp_path, wrong)

    with pytest.raises(SettingsError, match=message) as raised:
        server.start()

    assert database.password not in str(raised.value)
    assert server.pid is None
    assert list(tmp_path.iterdir()) == [], "MLflow was not even started"


def test_a_taken_port_is_refused(stack: "LocalStack", registry: "ServedRegistry", tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"port {registry.server.port} can't be opened"):
        another_server(stack, tmp_path, registry.database.uri, registry.server.port)
    late = another_server(stack, tmp_path, registry.database.uri)
    with (
        socket.create_server(("127.0.0.1", late.port)),
        pytest.raises(SettingsError, match=f"port {late.port} can't be opened"),
    ):
        late.start()


def test_tables_of_another_mlflow_version_are_refused_with_mlflow_s_message(
    stack: "LocalStack", registry: "ServedRegistry", tmp_path: Path
) -> None:
    own = rows(registry, "SELECT version_num FROM alembic_version")[0][0]
    server = another_server(stack, tmp_path, registry.database.uri)
    rows(registry, "UPDATE alembic_version SET version_num = 'another'")
    try:
        with pytest.raises(PermanentError, match="found version another") as raised:
            server.start()
    finally:
        rows(registry, "UPDATE alembic_version SET version_num = %s", own)

    assert "MLflow's server ended with exit code" in str(raised.value)
    assert registry.database.password not in str(raised.value)
    assert server.pid is None
