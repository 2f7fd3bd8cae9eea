"""What the emulator does not support is known, documented and checked."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from labeler.errors import PermanentError
from labeler_local.deployment.cdk import reason
from labeler_local.deployment.comparison import compare, template_of
from labeler_local.deployment.support import IGNORED_TYPES, NOT_DESTROYED, UNSUPPORTED_STACKS
from labeler_local.emulator.cloud import Cloud, started_cloud

PAGE = Path(__file__).resolve().parents[2] / "docs/deploy-local.md"
BUCKET, POLICY, UNKNOWN = "AWS::S3::Bucket", "AWS::S3::BucketPolicy", "AWS::Quantum::Ledger"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with started_cloud() as cloud:
        yield cloud


def assembly(folder: Path, *types: str) -> Path:
    """As the CDK writes it, of one stack local/data."""
    stage = folder / "assembly-local"
    stage.mkdir()
    resources = {f"One{position}": {"Type": type_, "Properties": {}} for position, type_ in enumerate(types)}
    (stage / "data.json").write_text(json.dumps({"Resources": resources}))
    artifacts = {
        "localdata.assets": {"type": "cdk:asset-manifest", "properties": {"file": "x"}},
        "localdata": {"properties": {"templateFile": "data.json", "stackName": "labeler-local-data"}},
    }
    (stage / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def create_stack(cloud: Cloud, folder: Path) -> None:
    cloudformation: Any = cloud.aws.session.client("cloudformation")
    body = template_of(folder, "local/data").read_text()
    cloudformation.create_stack(StackName="labeler-local-data", TemplateBody=body)


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_compare_counts_resources_missing_from_the_stack(cloud: Cloud, tmp_path: Path) -> None:
    folder = assembly(tmp_path, BUCKET, POLICY, BUCKET)
    create_stack(cloud, folder)

    comparison = compare(cloud.aws, folder, "local/data")

    assert (comparison.expected, comparison.created, comparison.ignored) == (3, 2, {POLICY: 1})


@pytest.mark.filterwarnings("ignore:Tried to parse:UserWarning")
def test_compare_raises_when_an_unknown_resource_type_is_missing(cloud: Cloud, tmp_path: Path) -> None:
    folder = assembly(tmp_path, BUCKET, UNKNOWN)
    create_stack(cloud, folder)

    with pytest.raises(PermanentError, match=f"local/data was made without its {UNKNOWN}"):
        compare(cloud.aws, folder, "local/data")


def test_unknown_stack_is_named_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(PermanentError, match="the app has no stack local/cluster"):
        template_of(assembly(tmp_path, BUCKET), "local/cluster")


def test_docs_list_what_the_emulator_does_not_support_and_why() -> None:
    text = PAGE.read_text()
    rows = {f"| `{name}` | {why} |" for name, why in (*NOT_DESTROYED.items(), *IGNORED_TYPES.items())}
    rows |= {f"| `{path}` | {stack.error} | {stack.reason} |" for path, stack in UNSUPPORTED_STACKS.items()}
    assert {row for row in rows if row not in text} == set()


def test_failure_reason_is_extracted_from_the_output_of_cdk() -> None:
    output = "deploying...\n❌  stack failed to deploy\n‣ ValidationError: no such thing\nat Foo (bar.js:1)\n"
    assert reason(output) == "❌  stack failed to deploy\n‣ ValidationError: no such thing"
    assert reason("one\ntwo") == "one\ntwo"
