"""`airflow standalone`: scheduler, triggerer, processor of DAGs and API server, and how a program speaks to them."""

import json
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from labeler_local.airflow.pipeline import LABELER, ROOT, Pipeline
from labeler_local.airflow.processes import running, wait_for

START_TIMEOUT_S = 240.0
ENDED = {"success", "failed"}


def settings(home: Path, dags: Path, port: int, pipeline: Pipeline) -> dict[str, str]:
    """Everything that this Airflow is told, by environment: nothing of a person's own Airflow counts."""
    told = {
        "CORE__DAGS_FOLDER": dags,
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__WORKERS": "1",
        # SQLite has one writer: small loops wait for each other less
        "SCHEDULER__PARSING_PROCESSES": "1",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "LABELER__STEPS": "processes",
    }
    variables = {
        "LABELER_MANIFEST_FUNCTION": pipeline.variables["LABELER_MANIFEST_FUNCTION"],
        "LABELER_RUNS_BUCKET": pipeline.variables["LABELER_RUNS_BUCKET"],
        "LABELER_COMMAND": LABELER,
        "LABELER_CHECKOUT": pipeline.directory,
        "LABELER_RULES_DIRECTORY": ROOT,
        "LABELER_EXPERIMENTS_DIRECTORY": pipeline.directory / "experiments",
    }
    return {
        **pipeline.variables,
        "AIRFLOW_HOME": str(home),
        "PATH": f"{Path(sys.executable).parent}:{pipeline.variables['PATH']}",
        **{f"AIRFLOW__{name}": str(value) for name, value in told.items()},
        **{f"AIRFLOW_VAR_{name}": str(value) for name, value in variables.items()},
    }


@dataclass(frozen=True)
class Airflow:
    """A running one, by its REST API. Everybody on this machine is its administrator: it listens to loopback only."""

    url: str
    home: Path
    token: str

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def trigger(self, dag_id: str, conf: Mapping[str, Any], *, logical_date: str | None = None) -> str:
        """The id of the DAG run."""
        body = {"logical_date": logical_date, "conf": dict(conf)}
        found: str = self._call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return found

    def clear(self, dag_id: str, run_id: str) -> None:
        """All tasks of a DAG run, to run again."""
        self._call("POST", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/clear", {"dry_run": False})

    def state(self, dag_id: str, run_id: str) -> str:
        found: str = self.get(f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"]
        return found

    def ended(self, dag_id: str, run_id: str, *, timeout_s: float = 180.0) -> str:
        """The state that the DAG run ended with. Raises TimeoutError that tells its tasks."""
        self.wait(lambda: self.state(dag_id, run_id) in ENDED, timeout_s, lambda: f"{self.tasks(dag_id, run_id)}")
        return self.state(dag_id, run_id)

    def wait(self, is_so: Callable[[], bool], timeout_s: float, tell: Callable[[], str] = str) -> None:
        """Raises TimeoutError."""
        ends = time.monotonic() + timeout_s
        while not is_so():
            if time.monotonic() > ends:
                raise TimeoutError(f"not after {timeout_s:.0f} s: {tell()}")
            time.sleep(0.5)

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        """State by task; mapped ones have their number behind it."""
        found = self.get(f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances")["task_instances"]
        return {_name(one): one["state"] for one in found}

    def log(self, dag_id: str, run_id: str, task_id: str, *, map_index: int = -1, try_number: int = 1) -> str:
        place = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/logs/{try_number}"
        return json.dumps(self.get(f"{place}?map_index={map_index}"), ensure_ascii=False)

    def answer(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """The task's XCom."""
        place = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/xcomEntries/return_value"
        return self.get(f"{place}?deserialize=true")["value"]

    def events(self, asset: str) -> list[dict[str, Any]]:
        """Of an asset, oldest first."""
        found = self.get("/assets/events?limit=100&order_by=timestamp")["asset_events"]
        return [one for one in found if one["name"] == asset]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/api/v2{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()[:500]}") from error


@contextmanager
def airflow(pipeline: Pipeline, *, dags: Path = ROOT / "dags", port: int = 0) -> Iterator[Airflow]:
    """Healthy, with its DAGs parsed. Raises StartError."""
    home = pipeline.directory / "airflow"
    home.mkdir(exist_ok=True)
    log, port = home / "standalone.log", port or free_port()
    # -P: beside that file lies this one, which is not Airflow
    url, command = f"http://127.0.0.1:{port}", [sys.executable, "-P", str(Path(__file__).with_name("standalone.py"))]
    with running(command, cwd=home, variables=settings(home, dags, port, pipeline), log=log) as process:
        wait_for(process, lambda: _is_healthy(url), timeout_s=START_TIMEOUT_S, log=log)
        found = Airflow(url, home, _token(url))
        wait_for(process, lambda: _has_dags(found, dags), timeout_s=START_TIMEOUT_S, log=log)
        yield found


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        number: int = found.getsockname()[1]
        return number


def _is_healthy(url: str) -> bool:
    """All of them, and not only the one that answers."""
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=10) as answer:  # noqa: S310
            health = json.loads(answer.read())
    except (OSError, ValueError):
        return False
    return all(
        health[part]["status"] == "healthy" for part in ("metadatabase", "scheduler", "triggerer", "dag_processor")
    )


def _has_dags(found: Airflow, dags: Path) -> bool:
    """At least one of each file."""
    known = {one["relative_fileloc"] for one in found.get("/dags?limit=100")["dags"]}
    return {path.name for path in dags.glob("*.py")} <= known


def _token(url: str) -> str:
    with urllib.request.urlopen(f"{url}/auth/token", timeout=60) as answer:  # noqa: S310
        token: str = json.loads(answer.read())["access_token"]
        return token


def _name(task: dict[str, Any]) -> str:
    return task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}[{task['map_index']}]"
