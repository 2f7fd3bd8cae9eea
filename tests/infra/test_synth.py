"""The app synthesises without an account, the same each time, whatever the deployer's shell has."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS, GITHUB_SUBJECT
from cdk.monitoring.datadog_extension import PUBLISHER
from tests.infra.templates import PARTS, ROOT, STAGES

FOREIGN_SHELL = {
    "AWS_PROFILE": "somebody",
    "AWS_REGION": "us-west-2",
    "CDK_DEFAULT_ACCOUNT": "999999999999",
    "CDK_DEFAULT_REGION": "us-west-2",
    "LABELER_RAW_BUCKET": "bucket-of-a-shell",
    "LABELER_MODEL_NAME": "model-of-a-shell",
    "LABELER_TASK": "task.of:a_shell",
    "PYTHONHASHSEED": "4711",
}


def templates(assembly: Path, stage: str) -> dict[str, str]:
    return {path.name: path.read_text() for path in (assembly / f"assembly-{stage}").glob("*.template.json")}


@pytest.mark.parametrize("stage", STAGES)
def test_stage_has_all_stacks(assembly: Path, stage: str) -> None:
    assert len(templates(assembly, stage)) == len(PARTS)


def test_local_stage_has_no_stack_that_needs_a_network(assembly: Path) -> None:
    assert {name[len("local") :][:4] for name in templates(assembly, "local")} == {"data", "obse", "pipe"}


def test_templates_are_the_same_from_another_shell(assembly: Path, context: dict[str, Any], tmp_path: Path) -> None:
    program = f"""
import json, sys
sys.path.insert(0, {str(ROOT)!r})
from aws_cdk import App
from cdk.app import build
build(App(outdir={str(tmp_path)!r}, analytics_reporting=False, tree_metadata=False,
          context={{**json.loads({json.dumps(context)!r}), "stages": "prod"}})).synth()
"""
    done = subprocess.run(
        [sys.executable, "-O", "-c", program],  # -O: without jsii's type checks, which the first synth had
        cwd=tmp_path,
        env={**os.environ, **FOREIGN_SHELL},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    here, there = templates(assembly, "prod"), templates(tmp_path, "prod")
    assert here.keys() == there.keys()
    assert {name for name in here if here[name] != there[name]} == set()


def test_synth_needs_no_lookup_in_an_account(assembly: Path) -> None:
    for path in assembly.rglob("manifest.json"):
        assert json.loads(path.read_text()).get("missing", []) == []


@pytest.mark.parametrize("stage", STAGES)
def test_templates_name_no_account(assembly: Path, stage: str) -> None:
    for name, body in templates(assembly, stage).items():
        assert set(re.findall(r"(?<![\w-])\d{12}(?![\w-])", body)) <= {PUBLISHER}, name


@pytest.mark.parametrize("stage", STAGES)
def test_placeholders_are_refused_before_anything_is_deployed(stacks: Any, stage: str) -> None:
    rules = stacks(stage, "delivery").body.get("Rules", {})
    descriptions = [each["AssertDescription"] for rule in rules.values() for each in rule["Assertions"]]
    is_placeholder = "your-organisation/" in GITHUB_SUBJECT
    assert any("set GITHUB_SUBJECT in cdk/environments.py" in each for each in descriptions) is is_placeholder
    email = ENVIRONMENTS[stage].alarm_email
    pipeline_rules = stacks(stage, "pipeline").body.get("Rules", {})
    assert bool([name for name in pipeline_rules if "Email" in name]) is bool(email and re.search("@example", email))
