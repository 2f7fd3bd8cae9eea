"""A client of Airflow's REST API, for programs and tests on the same machine."""

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

FINAL_STATES = {"success", "failed"}
POLL_INTERVAL_S = 0.5


@dataclass(frozen=True)
class AirflowClient:
    """A running Airflow. Everybody on this machine is its administrator: it listens to loopback only."""

    url: str
    home: Path
    token: str

    def get(self, path: str) -> Any:
        return self._call("GET", path)

    def trigger(self, dag_id: str, conf: Mapping[str, Any], *, logical_date: str | None = None) -> str:
        """The id of the DAG run."""
        body = {"logical_date": logical_date, "conf": dict(conf)}
        run_id: str = self._call("POST", f"/dags/{dag_id}/dagRuns", body)["dag_run_id"]
        return run_id

    def clear(self, dag_id: str, run_id: str) -> None:
        """All tasks of a DAG run, to run again."""
        self._call("POST", f"/dags/{dag_id}/dagRuns/{quote(run_id)}/clear", {"dry_run": False})

    def state(self, dag_id: str, run_id: str) -> str:
        state: str = self.get(f"/dags/{dag_id}/dagRuns/{quote(run_id)}")["state"]
        return state

    def wait_until_ended(self, dag_id: str, run_id: str, *, timeout_s: float = 180.0) -> str:
        """The state that the DAG run ended with. Raises TimeoutError with the state of its tasks."""
        self.wait_until(
            lambda: self.state(dag_id, run_id) in FINAL_STATES, timeout_s, lambda: f"{self.tasks(dag_id, run_id)}"
        )
        return self.state(dag_id, run_id)

    def wait_until(self, is_true: Callable[[], bool], timeout_s: float, describe: Callable[[], str] = str) -> None:
        """Raises TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while not is_true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"not after {timeout_s:.0f} s: {describe()}")
            time.sleep(POLL_INTERVAL_S)

    def tasks(self, dag_id: str, run_id: str) -> dict[str, str]:
        """State by task; mapped ones have their number behind it."""
        return {_name(task): task["state"] for task in self.task_instances(dag_id, run_id)}

    def task_instances(self, dag_id: str, run_id: str) -> list[dict[str, Any]]:
        return list(self.get(f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances")["task_instances"])

    def log(self, dag_id: str, run_id: str, task_id: str, *, map_index: int = -1, try_number: int = 1) -> str:
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/logs/{try_number}"
        return json.dumps(self.get(f"{path}?map_index={map_index}"), ensure_ascii=False)

    def xcom(self, dag_id: str, run_id: str, task_id: str) -> Any:
        """What the task returned."""
        path = f"/dags/{dag_id}/dagRuns/{quote(run_id)}/taskInstances/{task_id}/xcomEntries/return_value"
        return self.get(f"{path}?deserialize=true")["value"]

    def events(self, asset: str) -> list[dict[str, Any]]:
        """Of an asset, oldest first."""
        events = self.get("/assets/events?limit=100&order_by=timestamp")["asset_events"]
        return [event for event in events if event["name"] == asset]

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(  # noqa: S310 - our own address
            f"{self.url}/api/v2{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read().decode()[:500]}") from error


def _name(task: dict[str, Any]) -> str:
    return task["task_id"] if task["map_index"] < 0 else f"{task['task_id']}[{task['map_index']}]"
