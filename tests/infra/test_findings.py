"""cdk-nag, CDK's own validation and cfn-lint have nothing to report."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_s3 as s3

from cdk.app import build
from tests.infra.templates import ROOT

ACCEPTED = {
    "W3005": "CDK writes dependencies that CloudFormation would have found itself",
    "W3010": "three zones need names, for a look-up needs an account",
    "W8003": "a rule that refuses a placeholder never holds: that is what it is for",
    "W6001": "the worker's and operator's variables are outputs, and hold names of another stack",
}
SCHEMAS = ROOT / "tests/infra/schemas"


def reports(assembly: Path) -> list[dict[str, Any]]:
    plugin_reports: list[dict[str, Any]] = json.loads((assembly / "validation-report.json").read_text())[
        "pluginReports"
    ]
    return plugin_reports


def test_cdk_nag_and_cdk_find_nothing(assembly: Path) -> None:
    violations = [
        (violation["ruleName"], where["constructPath"])
        for report in reports(assembly)
        for violation in report["violations"]
        for where in violation["violatingConstructs"]
    ]
    assert violations == []


def test_cdk_nag_reports_a_bucket_without_any_settings(context: dict[str, Any], tmp_path: Path) -> None:
    """The app has it switched on: a bucket without anything fails the synth."""

    app = build(App(outdir=str(tmp_path), analytics_reporting=False, context={**context, "stages": "local"}))
    s3.Bucket(Stack(app, "Careless"), "Open")
    with pytest.raises(RuntimeError, match="ValidationFailed"):
        app.synth()
    rules = {violation["ruleName"] for report in reports(tmp_path) for violation in report["violations"]}
    assert {"AwsSolutions-S1", "AwsSolutions-S10"} <= rules


def test_every_acknowledged_finding_has_a_reason(assembly: Path) -> None:
    """In a sentence, at a construct: a stack or the app is never let off as a whole."""
    acknowledged = list(acknowledgments(assembly))
    assert len(acknowledged) > 50
    assert [where for where, _, _ in acknowledged if where.count("/") < 3] == []
    assert [(where, reason) for where, _, reason in acknowledged if len(reason.split()) < 6] == []


def acknowledgments(assembly: Path) -> Iterator[tuple[str, str, str]]:
    """(construct, rule, reason) of cdk-nag's rules."""
    for path in assembly.rglob("*.metadata.json"):
        for where, entries in json.loads(path.read_text()).items():
            for entry in entries:
                if entry["type"] == "aws:cdk:acknowledged-rules":
                    yield from ((where, rule, why) for rule, why in entry["data"].items() if "AwsSolutions" in rule)


def test_cfn_lint_passes_apart_from_the_accepted_rules(assembly: Path) -> None:
    """Datadog's types are no part of AWS's schemas: ours say what we use of them."""
    paths = sorted(str(path) for path in assembly.rglob("*.template.json"))
    done = subprocess.run(
        [
            str(Path(sys.executable).with_name("cfn-lint")),
            *("--regions", "eu-west-1"),
            *("--registry-schemas", str(SCHEMAS)),
            *("--ignore-checks", *ACCEPTED, "--"),
            *paths,
        ],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert paths
    assert done.returncode == 0, done.stdout + done.stderr
