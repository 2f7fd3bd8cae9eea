"""The variables that configure the local Airflow: nothing of a person's own Airflow counts, and nothing of Python's."""

import os
from pathlib import Path

from labeler_local.airflow.paths import AIRFLOW_BIN, LABELER, ROOT
from labeler_local.airflow.pipeline import Pipeline


def airflow_variables(home: Path, dags: Path, port: int, pipeline: Pipeline) -> dict[str, str]:
    """The whole environment of Airflow's processes. They find no labeler: the pipeline's variables have no PYTHONPATH."""
    options = {
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
        "PATH": f"{AIRFLOW_BIN}{os.pathsep}{pipeline.variables['PATH']}",
        **{f"AIRFLOW__{name}": str(value) for name, value in options.items()},
        **{f"AIRFLOW_VAR_{name}": str(value) for name, value in variables.items()},
    }
