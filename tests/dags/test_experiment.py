"""An experiment by `dag.test()`: the real commands as processes, on the local AWS, with a GitHub on loopback."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from labeler_local.airflow.configuration import airflow_variables
from labeler_local.airflow.paths import AIRFLOW_BIN
from tests.dags.conftest import DAGS, ROOT
from tests.integration.experiment.github_api import REPOSITORY
from tests.integration.experiment.github_stub import TOKEN, GitHubStub, github_stub

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline

pytestmark = pytest.mark.timeout(600)

LENIENT = {
    "min_accuracy_above_majority": "-1.0",
    "min_macro_f1": "0.0",
    "accuracy": "0.0",
    "max_calibration_error": "1.0",
    "max_log_loss": "99.0",
    "SERVIÇO": "0.0",
    "RESTAURANTE": "0.0",
    "max_accuracy_loss": "1.0",
    "max_macro_f1_loss": "1.0",
    "max_us_per_row": "4000.0",
}
RunDag = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def github() -> Iterator[GitHubStub]:
    with github_stub({"params.yaml": (ROOT / "params.yaml").read_text(), "README.md": "labels\n"}) as opened:
        yield opened


@pytest.fixture(scope="module")
def run_dag(local_pipeline: "Pipeline", github: GitHubStub) -> RunDag:
    """Runs a DAG with the gate's bounds changed; its state, those of its tasks, and the output."""
    home = local_pipeline.directory / "airflow-of-one"
    home.mkdir()
    variables = {
        **airflow_variables(home, DAGS, 1, local_pipeline),
        "LABELER_GITHUB_API_URL": github.url,
        "LABELER_GITHUB_TOKEN": TOKEN,
        "AIRFLOW_VAR_LABELER_GITHUB_REPOSITORY": REPOSITORY,
        "AIRFLOW_VAR_LABELER_RULES_DIRECTORY": str(home),
    }
    subprocess.run([AIRFLOW_BIN / "airflow", "db", "migrate"], env=variables, capture_output=True, check=True)

    def run(dag_id: str, form: dict[str, Any], **bounds: str) -> dict[str, Any]:
        rules = (ROOT / "gate.yaml").read_text(encoding="utf-8")
        for name, value in bounds.items():
            rules = re.sub(rf"\b{name}: [-\d.]+", f"{name}: {value}", rules)
        (home / "gate.yaml").write_text(rules, encoding="utf-8")
        (home / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
        command = [AIRFLOW_BIN / "python", ROOT / "tests/dags/run_one_dag.py", dag_id, json.dumps(form)]
        done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        return {"output": done.stdout, **json.loads(done.stdout.splitlines()[-1])}

    return run


def test_passing_candidate_is_registered_and_proposed(
    local_pipeline: "Pipeline", run_dag: RunDag, github: GitHubStub
) -> None:
    form = {"statements": str(local_pipeline.directory / "labeled"), "candidates": ["quick_trees", "logistic"]}

    result = run_dag("experiment", form, **LENIENT)

    assert (result["state"], result["tasks"]["raise_alarm"]) == ("success", "skipped"), result["output"][-6000:]
    # logistic is tried with two values of C
    assert {name for name in result["tasks"] if name.startswith("train")} == {"train[0]", "train[1]", "train[2]"} | {
        "training_arguments"
    }
    assert {name for name, state in result["tasks"].items() if state != "success"} == {"raise_alarm"}
    (pull,) = github.pulls
    assert pull["title"].startswith("Champion ")
    versions = json.loads(local_pipeline.labeler("model", "list", "--json"))
    assert "challenger" in json.dumps(versions)


def test_no_passing_candidate_raises_an_alarm_and_proposes_nothing(
    local_pipeline: "Pipeline", run_dag: RunDag, github: GitHubStub
) -> None:
    pulls = len(github.pulls)
    form = {"statements": str(local_pipeline.directory / "labeled"), "is_quick": True}

    result = run_dag("experiment", form, min_macro_f1="0.999")

    tasks = result["tasks"]
    assert result["state"] == "success"
    assert (tasks["gate"], tasks["report"], tasks["raise_alarm"]) == ("skipped", "success", "success")
    assert (tasks["register"], tasks["propose"]) == ("skipped", "skipped")
    assert "no candidate passes the gate" in result["output"]
    assert len(github.pulls) == pulls


def test_step_with_missing_input_fails_without_retry_and_logs_the_reason(run_dag: RunDag, tmp_path: Path) -> None:
    result = run_dag("experiment", {"statements": str(tmp_path / "nowhere")})

    assert (result["state"], result["tasks"]["validate"], result["tasks"]["prepare"]) == (
        "failed",
        "failed",
        "upstream_failed",
    )
    assert "nowhere is not a folder" in result["output"]
