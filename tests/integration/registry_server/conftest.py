"""A champion behind a server, and what tests of servers check about processes. Without PostgreSQL they are skipped."""

import http.client
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from labeler import layout
from labeler.errors import SettingsError
from labeler.messages import RunPlan
from labeler.run_index import RunIndex
from labeler.task import RawFile
from labeler.transactions import task
from labeler_local.emulator.postgres_host import find_programs
from tests.champion import MODEL

if TYPE_CHECKING:
    from labeler.experiment.training.first_model import FirstModel
    from labeler_local.emulator.stack import LocalStack

PROMOTED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def postgres_programs() -> Path:
    """Their folder."""
    return programs_or_skip()


def programs_or_skip() -> Path:
    try:
        return find_programs()
    except SettingsError as error:
        pytest.skip(f"no PostgreSQL on this machine: {error}")


def process_tree(pid: int | None) -> list[psutil.Process]:
    """A process and all that it started."""
    assert pid is not None
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def command_lines(pid: int | None) -> list[str]:
    """Of a process and all that it started, as everybody on the machine can read them."""
    lines = []
    for process in process_tree(pid):
        with suppress(psutil.NoSuchProcess):  # it ended meanwhile
            lines.append(" ".join(process.cmdline()))
    return lines


def assert_gone(processes: Sequence[psutil.Process], timeout_s: float = 10) -> None:
    """Killed children whose parent is gone are reaped by the system, when it comes to it."""
    assert processes
    _, alive = psutil.wait_procs(processes, timeout=timeout_s)
    assert [process for process in alive if process.is_running() and process.status() != psutil.STATUS_ZOMBIE] == []


def wait_until(is_so: Callable[[], bool], timeout_s: float = 20) -> None:
    ends = time.monotonic() + timeout_s
    while not is_so():
        assert time.monotonic() < ends, "waited in vain"
        time.sleep(0.02)


def status(port: int, method: str, path: str, headers: Mapping[str, str], body: str | None = None) -> int:
    """What a server on this machine answers; `Host` in `headers` replaces its own name."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body=body, headers=dict(headers))
        return connection.getresponse().status
    finally:
        connection.close()


def shell_variables() -> dict[str, str]:
    """Of a person who has no cloud, no registry and no database."""
    ours = ("AWS_", "LABELER_", "MLFLOW_", "PG")
    return {name: value for name, value in os.environ.items() if not name.startswith(ours)}


def first_champion(registry_uri: str) -> "FirstModel":
    """Trains, registers and promotes one through the server."""
    from labeler.experiment.training.first_model import train_first_model
    from labeler.models.promotion import PromotionRequest, promote
    from labeler_local.synthetic import generate

    files = [RawFile(*file) for file in generate(accounts=12, seed=7, with_labels=True)]
    first = train_first_model(files, task=task, registry_uri=registry_uri, model_name=MODEL)
    request = PromotionRequest(by="anna", at=PROMOTED_AT)
    change = promote(registry_uri, MODEL, first.version, task=task, request=request, sha256=first.sha256)
    assert change.is_new
    return first


def artifacts_in(stack: "LocalStack") -> list[str]:
    """Keys of the registry's bucket."""
    listed = stack.aws.s3.list_objects_v2(Bucket=stack.resources.registry_bucket)
    return [listed_object["Key"] for listed_object in listed.get("Contents", [])]


def opened_run(stack: "LocalStack", run_date: date) -> RunIndex:
    """By the manifest function, for one landed file."""
    from labeler_local.emulator.functions import MANIFEST

    stack.runs.put(layout.REFERENCE_CURRENT, task.default_reference())
    stack.put_files({"one.csv": b"row\n"}, run_date)
    plan = RunPlan.model_validate(stack.invoke(MANIFEST, {"run_date": run_date.isoformat()}))
    assert (plan.is_new, plan.files) == (True, 1)
    return RunIndex.parse(stack.runs.get(plan.index_key), source=plan.index_key)
