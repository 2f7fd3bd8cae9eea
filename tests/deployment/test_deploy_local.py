"""The real CDK deploys what drifted from the code, and the rehearsal tells what. `make test-deployment`."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import EXIT_PERMANENT, PermanentError
from labeler_local.deployment.carried import LOCAL, PLATFORM, PLATFORM_STACKS, REFUSED, template_of
from labeler_local.deployment.cdk import Cdk, node_of
from labeler_local.emulator.cloud import started_cloud
from labeler_local.emulator.cloudformation import extend_cloudformation

pytestmark = [
    pytest.mark.deployment,
    pytest.mark.timeout(400),
    # moto says so of each kind that it leaves out; the rehearsal compares
    pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning"),
]
PYTHON = Path("build/cdk-venv/bin/python")
PIPELINE, DATA = "local/pipeline", "local/data"


@pytest.fixture(scope="session")
def node() -> Path:
    return node_of(PYTHON)


@pytest.fixture(scope="session")
def synthesised(node: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assembly")
    Cdk(node, {}, log=folder / "cdk.log").synth(folder / "cdk.out", stages=(LOCAL, PLATFORM))
    return folder / "cdk.out"


@pytest.fixture
def rehearse_changed(synthesised: Path, tmp_path: Path) -> Callable[[str, Callable[[Any], None]], str]:
    """Rehearses with one template changed, which must fail; what it says of it.

    In a process of its own: MLflow keeps a registry's file open that the next rehearsal throws away.
    """

    def run(path: str, change: Callable[[Any], None]) -> str:
        assembly = tmp_path / "cdk.out"
        shutil.copytree(synthesised, assembly)
        file = template_of(assembly, path)
        body = json.loads(file.read_text())
        change(body)
        file.write_text(json.dumps(body))
        command = [sys.executable, "-m", "labeler_local.deployment", "--run-only", "--assembly", str(assembly)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == EXIT_PERMANENT, done.stderr[-2000:]
        return done.stderr

    return run


def resource(body: Any, begins: str, kind: str) -> Any:
    (found,) = (
        one["Properties"] for name, one in body["Resources"].items() if name.startswith(begins) and one["Type"] == kind
    )
    return found


def renamed(begins: str, name: str) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        variables = resource(body, begins, "AWS::Lambda::Function")["Environment"]["Variables"]
        variables[f"{name}_X"] = variables.pop(name)

    return change


@pytest.mark.parametrize(
    ("function", "variable"), [("Manifest", "LABELER_LEDGER_TABLE"), ("Tick", "LABELER_DEAD_LETTER_QUEUE_URL")]
)
def test_misspelt_function_variable_is_named(rehearse_changed: Any, function: str, variable: str) -> None:
    said = rehearse_changed(PIPELINE, renamed(f"{function}Function", variable))

    assert re.search(rf"{function}Function.*{variable}: field required", said), said[-2000:]


def test_misspelt_worker_variable_is_named(rehearse_changed: Any) -> None:
    def change(body: Any) -> None:
        output = body["Outputs"]["WorkerEnvironment"]
        output["Value"] = json.loads(json.dumps(output["Value"]).replace("LABELER_LABELS_BUCKET", "LABELER_LABELS"))

    said = rehearse_changed(PIPELINE, change)

    assert re.search(r"all workers ended.*LABELER_LABELS_BUCKET", said, re.DOTALL), said[-2000:]


def test_wrong_notification_filter_is_detected_though_ticks_finish_the_run(rehearse_changed: Any) -> None:
    def change(body: Any) -> None:
        bucket = resource(body, "Runs", "AWS::S3::Bucket")
        (told,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
        told["Filter"]["S3Key"]["Rules"][0]["Value"] = "receipts/"

    said = rehearse_changed(DATA, change)

    assert re.search(r"S3 told of \d+ objects, the run has \d+ receipts", said), said[-2000:]


def test_unsupported_stacks_still_fail_with_the_documented_error(node: Path, synthesised: Path, tmp_path: Path) -> None:
    with started_cloud() as cloud:
        extend_cloudformation(cloud.aws.session)
        cdk = Cdk(node, cloud.variables, log=tmp_path / "cdk.log")
        cdk.bootstrap(synthesised)
        for needed in PLATFORM_STACKS:
            cdk.deploy(synthesised, needed)
        for path, refusal in REFUSED.items():
            with pytest.raises(PermanentError, match=re.escape(refusal.says)):
                cdk.deploy(synthesised, path)
