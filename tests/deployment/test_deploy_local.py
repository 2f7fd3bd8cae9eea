"""Templates that drifted from the code are deployed with the real CDK, and the drift is named. `make test-deployment`."""

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
from labeler_local.deployment.cdk import Cdk, node_of
from labeler_local.deployment.comparison import template_of
from labeler_local.deployment.support import LOCAL, PLATFORM, PLATFORM_STACKS, UNSUPPORTED_STACKS
from labeler_local.emulator.cloud import started_cloud
from labeler_local.emulator.cloudformation import extend_cloudformation

pytestmark = [
    pytest.mark.deployment,
    pytest.mark.timeout(400),
    # moto warns of each type that it leaves out; compare() checks them
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
def deploy_changed(synthesised: Path, tmp_path: Path) -> Callable[[str, Callable[[Any], None]], str]:
    """Deploys and runs with one template changed, which must fail; returns the error output.

    In a process of its own: MLflow keeps the registry's file open, which the next deployment deletes.
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


def resource(body: Any, prefix: str, type_: str) -> Any:
    (properties,) = (
        one["Properties"] for name, one in body["Resources"].items() if name.startswith(prefix) and one["Type"] == type_
    )
    return properties


def renamed(prefix: str, name: str) -> Callable[[Any], None]:
    def change(body: Any) -> None:
        variables = resource(body, prefix, "AWS::Lambda::Function")["Environment"]["Variables"]
        variables[f"{name}_X"] = variables.pop(name)

    return change


@pytest.mark.parametrize(
    ("function", "variable"), [("Manifest", "LABELER_LEDGER_TABLE"), ("Tick", "LABELER_DEAD_LETTER_QUEUE_URL")]
)
def test_misspelt_function_variable_is_named(deploy_changed: Any, function: str, variable: str) -> None:
    error_output = deploy_changed(PIPELINE, renamed(f"{function}Function", variable))

    assert re.search(rf"{function}Function.*{variable}: field required", error_output), error_output[-2000:]


def test_misspelt_worker_variable_is_named(deploy_changed: Any) -> None:
    def change(body: Any) -> None:
        output = body["Outputs"]["WorkerEnvironment"]
        output["Value"] = json.loads(json.dumps(output["Value"]).replace("LABELER_LABELS_BUCKET", "LABELER_LABELS"))

    error_output = deploy_changed(PIPELINE, change)

    assert re.search(r"all workers ended.*LABELER_LABELS_BUCKET", error_output, re.DOTALL), error_output[-2000:]


def test_wrong_notification_filter_is_detected_though_ticks_finish_the_run(deploy_changed: Any) -> None:
    def change(body: Any) -> None:
        bucket = resource(body, "Runs", "AWS::S3::Bucket")
        (configuration,) = bucket["NotificationConfiguration"]["QueueConfigurations"]
        configuration["Filter"]["S3Key"]["Rules"][0]["Value"] = "receipts/"

    error_output = deploy_changed(DATA, change)

    assert re.search(r"S3 told of \d+ objects, the run has \d+ receipts", error_output), error_output[-2000:]


def test_unsupported_stacks_still_fail_with_the_documented_error(node: Path, synthesised: Path, tmp_path: Path) -> None:
    with started_cloud() as cloud:
        extend_cloudformation(cloud.aws.session)
        cdk = Cdk(node, cloud.variables, log=tmp_path / "cdk.log")
        cdk.bootstrap(synthesised)
        for needed in PLATFORM_STACKS:
            cdk.deploy(synthesised, needed)
        for path, unsupported in UNSUPPORTED_STACKS.items():
            with pytest.raises(PermanentError, match=re.escape(unsupported.error)):
                cdk.deploy(synthesised, path)
