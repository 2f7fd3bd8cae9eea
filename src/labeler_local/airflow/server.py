"""`airflow standalone`: scheduler, triggerer, processor of DAGs and API server, started and awaited."""

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from labeler_local.airflow.configuration import airflow_variables
from labeler_local.airflow.paths import AIRFLOW_BIN, DAGS
from labeler_local.airflow.pipeline import Pipeline
from labeler_local.airflow.processes import running, wait_for
from labeler_local.airflow.rest_api import AirflowClient

START_TIMEOUT_S = 240.0
COMPONENTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")


@contextmanager
def running_airflow(pipeline: Pipeline, *, dags: Path = DAGS, port: int = 0) -> Iterator[AirflowClient]:
    """Healthy, with its DAGs parsed. Raises StartError."""
    home = pipeline.directory / "airflow"
    home.mkdir(exist_ok=True)
    log, port = home / "standalone.log", port or free_port()
    url = f"http://127.0.0.1:{port}"
    # -P: beside that program lie modules of ours, which must not be found by Airflow's imports
    command = [str(AIRFLOW_BIN / "python"), "-P", str(Path(__file__).with_name("standalone.py"))]
    variables = airflow_variables(home, dags, port, pipeline)
    with running(command, cwd=home, variables=variables, log=log) as process:
        wait_for(process, lambda: _is_healthy(url), timeout_s=START_TIMEOUT_S, log=log)
        client = AirflowClient(url, home, _token(url))
        wait_for(process, lambda: _has_dags(client, dags), timeout_s=START_TIMEOUT_S, log=log)
        yield client


def free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        number: int = opened.getsockname()[1]
        return number


def _is_healthy(url: str) -> bool:
    """All components, not only the one that answers."""
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=10) as response:  # noqa: S310
            health = json.loads(response.read())
    except (OSError, ValueError):
        return False
    return all(health[component]["status"] == "healthy" for component in COMPONENTS)


def _has_dags(client: AirflowClient, dags: Path) -> bool:
    """At least one of each file."""
    parsed = {dag["relative_fileloc"] for dag in client.get("/dags?limit=100")["dags"]}
    return {path.name for path in dags.glob("*.py")} <= parsed


def _token(url: str) -> str:
    with urllib.request.urlopen(f"{url}/auth/token", timeout=60) as response:  # noqa: S310
        token: str = json.loads(response.read())["access_token"]
        return token
