"""What a release does to a stage, and that a stage runs the bytes that were built once."""

import json
from pathlib import Path
from typing import Any

import pytest

from cdk.app import images_of
from cdk.delivery.images import NAMES
from labeler.runs.stages import stack_of
from tests.infra.built import DIGESTS
from tests.infra.objects import manifest
from tests.infra.templates import STAGES, as_list, text

stage_by_name = pytest.mark.parametrize("stage", STAGES)


def test_stage_runs_the_digests_of_the_build(built: Any) -> None:
    worker = manifest(built("cluster"), "Deployment", "worker")["spec"]["template"]["spec"]["containers"][0]["image"]
    server = manifest(built("cluster"), "Deployment", "mlflow")["spec"]["template"]["spec"]["containers"][0]["image"]
    script = text(built("monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"])
    assert worker.endswith(f"@{DIGESTS['worker']}")
    assert server.endswith(f"@{DIGESTS['mlflow']}")
    assert f"@{DIGESTS['monitoring']}" in script


def test_build_without_an_image_is_refused(tmp_path: Path) -> None:
    (tmp_path / "release.json").write_text(json.dumps({"images": {"worker": DIGESTS["worker"]}}))
    with pytest.raises(KeyError, match="trainer"):
        images_of(str(tmp_path / "release.json"))
    assert set(images_of("0.1.0").values()) == {"0.1.0"}


@stage_by_name
def test_release_role_writes_smoke_files_and_release_notes_only(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "pipeline").allowed("Releaser")
    assert {action for action in allowed if action.startswith(("dynamodb", "sqs", "lambda"))} == {
        "dynamodb:GetItem",
        "dynamodb:Query",
        "lambda:InvokeFunction",
    }
    landing = {resource for resource in allowed["s3:PutObject"] if "Raw" in resource}
    assert {resource.partition(">")[2] for resource in landing} == {"/landing/2000-01-01/*"}
    assert {resource.partition(">")[2] for resource in allowed["s3:PutObject"] - landing} == {"/releases/*"}
    assert not any("Labels" in resource for resources in allowed.values() for resource in resources)


@stage_by_name
def test_deploy_role_may_describe_the_pipeline_stack_before_it_exists(stacks: Any, assembly: Path, stage: str) -> None:
    """IAM asks for stack/NAME/* of a stack that is looked up by name. The pipeline's own stack could not grant it."""
    allowed = stacks(stage, "delivery").allowed("Deploy")["cloudformation:DescribeStacks"]
    place = "arn:aws:cloudformation:eu-west-1:<AWS::AccountId>"
    assert allowed == {f"{place}:stack/{stack_of(stage)}/*"}
    artifacts = json.loads((assembly / f"assembly-{stage}/manifest.json").read_text())["artifacts"].values()
    assert stack_of(stage) in {artifact.get("properties", {}).get("stackName") for artifact in artifacts}


@stage_by_name
def test_registry_tunnel_leads_through_the_monitoring_host_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "monitoring")
    (policy,) = (p for name, p in template.of_type("AWS::IAM::ManagedPolicy").items() if name.startswith("Registry"))
    sessions = [s for s in policy["PolicyDocument"]["Statement"] if s["Action"] == "ssm:StartSession"]
    on_machines = [s for s in sessions if "instance/" in text(s["Resource"])]
    assert [s["Condition"] for s in on_machines] == [
        {"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": f"labeler-{stage}-monitoring"}}
    ]
    documents = [text(r) for s in sessions if s not in on_machines for r in as_list(s["Resource"])]
    assert [document.rpartition("/")[2] for document in documents] == ["AWS-StartPortForwardingSessionToRemoteHost"]


@stage_by_name
def test_policies_of_a_release_belong_to_the_deploy_role(stacks: Any, stage: str) -> None:
    for part, begins in (("pipeline", "Releaser"), ("monitoring", "RegistryTunnel")):
        policy = stacks(stage, part).one("AWS::IAM::ManagedPolicy", begins)
        assert ["Deploy" in text(role) for role in policy["Roles"]] == [True]


@stage_by_name
def test_images_are_scanned_immutable_and_expire(stacks: Any, stage: str) -> None:
    repositories = stacks(stage, "delivery").of_type("AWS::ECR::Repository").values()
    assert {repository["RepositoryName"] for repository in repositories} == {f"labeler-{stage}/{n}" for n in NAMES}
    for repository in repositories:
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert repository["ImageTagMutability"] == "IMMUTABLE"
        assert "countNumber" in repository["LifecyclePolicy"]["LifecyclePolicyText"]
