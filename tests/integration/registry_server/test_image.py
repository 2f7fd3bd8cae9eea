"""What containers/mlflow/Dockerfile starts, started as it says, without building the image."""

import json
import re
import shlex
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from labeler.errors import PermanentError
from labeler.models.artifacts import copy_model_to_runs
from labeler_local.emulator.postgres import DATABASE, USER, Postgres
from labeler_local.emulator.processes import ServerProcess, free_port
from labeler_local.emulator.stack import local_stack
from tests.architecture.source import ROOT
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
    wait_until,
)

if TYPE_CHECKING:
    from labeler.experiment.training.first_model import FirstModel
    from labeler_local.emulator.stack import LocalStack

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(420)]

FINAL = (ROOT / "containers/mlflow/Dockerfile").read_text(encoding="utf-8").rpartition("\nFROM ")[2]
START_S = 240
BIN = "/opt/mlflow/bin/"
COMPLETE = {
    "MLFLOW_BACKEND_STORE_URI": "postgresql+psycopg2://",
    "MLFLOW_ARTIFACTS_DESTINATION": "s3://bucket/artifacts",
    "MLFLOW_SERVER_ALLOWED_HOSTS": "registry.labeler.internal:5000",
}


def entry_point() -> list[str]:
    match = re.search(r"^ENTRYPOINT (\[.*\])$", FINAL, re.MULTILINE)
    assert match
    command: list[str] = json.loads(match[1])
    return command


def image_variables() -> dict[str, str]:
    """Its ENV, but for the places of the image's own file system."""
    lines = re.findall(r"^ENV (.*)$", FINAL.replace("\\\n", " "), re.MULTILINE)
    variables = dict(word.partition("=")[::2] for line in lines for word in shlex.split(line))
    return {name: value for name, value in variables.items() if name not in {"PATH", "HOME", "TMPDIR"}}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH on which the files that the image copies have the names that the image gives them."""
    binaries = tmp_path_factory.mktemp("bin")
    copied = re.findall(rf"^COPY --chmod=755 (\S+) {BIN}(\S+)$", FINAL, re.MULTILINE)
    assert [name for _, name in copied] == entry_point()
    for source, name in copied:
        (binaries / name).symlink_to(ROOT / source)
    return f"{binaries}:{Path(sys.executable).parent}:/usr/bin:/bin"


Serve = Callable[..., ServerProcess]


@pytest.fixture(scope="module")
def serve(path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Starts the entry point with variables of its own beside the image's."""
    started: list[ServerProcess] = []

    def start(**variables: str) -> ServerProcess:
        home = tmp_path_factory.mktemp("home")
        own = {"PATH": path, "HOME": str(home), "TMPDIR": str(home), **image_variables(), **variables}
        child = ServerProcess("the image", log=home / "log", variables=own)
        started.append(child)
        child.start(entry_point())
        return child

    yield start
    for child in started:
        child.stop()


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory, postgres_programs: Path) -> Iterator[Postgres]:
    folder = tmp_path_factory.mktemp("database")
    with Postgres(folder / "postgres", folder / "logs") as database:
        yield database


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[LocalStack]":
    """Its processes are led to a port on which nobody listens yet."""
    uri = f"http://127.0.0.1:{free_port()}"
    directory = tmp_path_factory.mktemp("stack")
    with local_stack(directory, is_dispatching=False, registry_uri=uri, **TEST_OPTIONS) as stack:
        yield stack


def variables(stack: "LocalStack", database: Postgres) -> dict[str, str]:
    """As the page tells them; only the database of a laptop has no TLS."""
    place = urlsplit(stack.manifest_settings.registry_uri)
    return {
        **stack.aws_variables,
        "MLFLOW_BACKEND_STORE_URI": f"postgresql+psycopg2://{USER}@127.0.0.1:{database.port}/{DATABASE}",
        "PGPASSWORD": database.password,
        "PGSSLMODE": "disable",
        "MLFLOW_ARTIFACTS_DESTINATION": f"s3://{stack.resources.registry_bucket}/artifacts",
        "MLFLOW_SERVER_ALLOWED_HOSTS": place.netloc,
        "MLFLOW_HOST": "127.0.0.1",
        "MLFLOW_PORT": str(place.port),
    }


@pytest.fixture(scope="module")
def image(serve: Serve, stack: "LocalStack", database: Postgres) -> ServerProcess:
    child = serve(**variables(stack, database))
    child.await_ready(lambda: is_up(stack), timeout_s=START_S, progress=lambda _: None, hint="see the log")
    return child


def port(stack: "LocalStack") -> int:
    number = urlsplit(stack.manifest_settings.registry_uri).port
    assert number
    return number


def is_up(stack: "LocalStack") -> bool:
    try:
        return status(port(stack), "GET", "/health", {}) == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def first(image: ServerProcess, stack: "LocalStack") -> "FirstModel":
    return first_champion(stack.manifest_settings.registry_uri)


def test_health_is_answered_for_any_host_and_the_rest_only_for_allowed_hosts(
    image: ServerProcess, stack: "LocalStack"
) -> None:
    search = "/api/2.0/mlflow/registered-models/search"
    assert status(port(stack), "GET", "/health", {"Host": "10.0.0.7"}) == 200
    assert status(port(stack), "GET", search, {}) == 200
    assert status(port(stack), "GET", search, {"Host": "10.0.0.7"}) == 403


def test_mlflow_replaces_the_shell_and_no_command_line_contains_a_secret(
    image: ServerProcess, database: Postgres
) -> None:
    lines = command_lines(image.pid)

    assert re.search(r"\bmlflow server\b", lines[0]), lines[0]
    assert not any(database.password in line or "huey" in line for line in lines)


def test_a_champion_is_registered_through_the_server_and_copied_from_it(
    first: "FirstModel", stack: "LocalStack"
) -> None:
    pin = copy_model_to_runs(stack.manifest_settings.registry_uri, MODEL, None, stack.runs)

    assert (pin.version, pin.sha256) == (first.version, first.sha256)
    assert any(key.startswith("artifacts/") and key.endswith("/model.skops") for key in artifacts_in(stack))


def test_registered_rows_are_in_postgresql(first: "FirstModel", database: Postgres) -> None:
    connection = database.connect()
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("SELECT name, version FROM registered_model_aliases WHERE alias = 'champion'")
            assert cursor.fetchall() == [(MODEL, int(first.version))]
    finally:
        connection.close()


def test_a_run_is_opened_with_the_champion_of_the_image(first: "FirstModel", stack: "LocalStack") -> None:
    assert opened_run(stack, date(2026, 3, 2)).pins.model.sha256 == first.sha256


def test_a_wrong_password_is_logged_with_postgresql_s_message(
    serve: Serve, stack: "LocalStack", database: Postgres
) -> None:
    own = {**variables(stack, database), "PGPASSWORD": "wrong", "MLFLOW_PORT": str(free_port())}
    child = serve(**own)

    wait_until(lambda: "password authentication failed for user" in child.log.read_text(), timeout_s=START_S)


def refused(serve: Serve, variables: dict[str, str]) -> str:
    """Its one line."""
    child = serve(**variables)
    with pytest.raises(PermanentError, match="ended with exit code 65"):
        child.await_end(timeout_s=60, hint="")
    log = child.log.read_text()
    assert len(log.splitlines()) == 1
    return log


@pytest.mark.parametrize("missing", sorted(COMPLETE))
def test_the_image_exits_and_names_a_missing_variable(serve: Serve, missing: str) -> None:
    assert refused(serve, {name: value for name, value in COMPLETE.items() if name != missing}).startswith(
        f"serve: {missing} "
    )


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("MLFLOW_BACKEND_STORE_URI", "postgresql://mlflow@db:5432/mlflow"),
        ("MLFLOW_BACKEND_STORE_URI", "sqlite:////srv/mlflow.db"),
        ("MLFLOW_ARTIFACTS_DESTINATION", "/srv/artifacts"),
        ("MLFLOW_ARTIFACTS_DESTINATION", "s3://"),
        ("MLFLOW_SERVER_ALLOWED_HOSTS", ""),
    ],
)
def test_the_image_exits_and_names_an_invalid_variable(serve: Serve, name: str, wrong: str) -> None:
    assert refused(serve, {**COMPLETE, name: wrong}).startswith(f"serve: {name} ")


def test_sigterm_ends_all_processes_of_the_image(image: ServerProcess) -> None:
    """The last test of this file: nothing answers any more."""
    processes = process_tree(image.pid)
    assert len(processes) > 2, "a parent and two workers"

    processes[0].terminate()

    assert_gone(processes, timeout_s=30)
