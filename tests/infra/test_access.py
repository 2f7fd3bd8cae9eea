"""Least privilege, as far as a template can show it."""

from typing import Any

import pytest

from tests.infra.templates import PARTS, STAGES, as_list, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

# For these AWS takes no resource: the reason stands at the construct, and in the service authorization reference.
NO_RESOURCE = {
    "autoscaling:DescribeAutoScalingGroups",
    "autoscaling:DescribeScalingActivities",
    "cloudwatch:GetMetricData",
    "cloudwatch:PutMetricData",
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:DescribeInstances",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSubnets",
    "ec2:UnassignPrivateIpAddresses",
    "ecr:GetAuthorizationToken",
    "ssm:UpdateInstanceInformation",
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
}

# CDK's function that runs kubectl and helm in deployments
OF_CDK = "EksClusterKubectlProvider"


def statements(stacks: Any, stage: str) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (part, name, statement)
        for part in PARTS
        for name, statement in stacks(stage, part).statements()
        if not name.startswith(OF_CDK)
    ]


def test_no_action_has_a_wildcard(stacks: Any, stage: str) -> None:
    wildcards = [
        (part, name, action)
        for part, name, statement in statements(stacks, stage)
        for action in as_list(statement["Action"])
        if "*" in action
    ]
    assert wildcards == []


def test_wildcard_resources_are_allowed_only_for_actions_without_resources(stacks: Any, stage: str) -> None:
    actions = {
        action
        for _, _, statement in statements(stacks, stage)
        if "*" in [text(resource) for resource in as_list(statement["Resource"])]
        for action in as_list(statement["Action"])
    }
    assert actions == NO_RESOURCE


def test_only_the_registry_may_access_every_object_of_a_bucket(stacks: Any, stage: str) -> None:
    roles = {
        (part, name[:12])
        for part, name, statement in statements(stacks, stage)
        for resource in as_list(statement["Resource"])
        if text(resource).endswith(">/*")
    }
    assert roles == {("cluster", "RegistryRole")}


def test_worker_can_not_change_raw_files_the_ledger_or_other_queues(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "pipeline").allowed("WorkerRole")
    assert {action.partition(":")[0] for action in allowed} == {"s3", "sqs", "kms"}
    assert not any("Raw" in resource for action in ("s3:PutObject", "s3:DeleteObject") for resource in allowed[action])
    assert all("Work" in resource for action in allowed if action.startswith("sqs") for resource in allowed[action])
    assert {action for action in allowed if action.startswith("sqs")} == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
    }


def test_only_workers_and_completion_may_delete_labels(stacks: Any, stage: str) -> None:
    deleting = {
        name[:10]
        for name, statement in stacks(stage, "pipeline").statements()
        if "s3:DeleteObject" in as_list(statement["Action"])
    }
    assert deleting == {"WorkerRole", "Completion", "TickRoleDe"}


def test_only_operators_may_delete_dead_letters(stacks: Any, stage: str) -> None:
    deleting = {
        name[:8]
        for name, statement in stacks(stage, "pipeline").statements()
        if "sqs:DeleteMessage" in as_list(statement["Action"])
        and any("DeadLetters" in text(resource) for resource in as_list(statement["Resource"]))
    }
    assert deleting == {"Operator"}


def test_processes_may_list_buckets_so_that_a_missing_object_answers_404(stacks: Any, stage: str) -> None:
    """S3 answers 404 only to who may list the bucket, without a condition on the prefix: a GET has none."""
    for name, statement in stacks(stage, "pipeline").statements():
        if "s3:ListBucket" in as_list(statement["Action"]):
            assert "Condition" not in statement, name
    for role in ("WorkerRole", "ManifestRole"):
        listed = stacks(stage, "pipeline").allowed(role)["s3:ListBucket"]
        assert {part for part in ("Raw", "Runs") if any(part in resource for resource in listed)} == {"Raw", "Runs"}


def test_keda_may_read_queue_depth_and_metrics_only(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "cluster").allowed("KedaRole")
    assert set(allowed) == {"sqs:GetQueueAttributes", "cloudwatch:GetMetricData"}
    assert all("Work" in resource for resource in allowed["sqs:GetQueueAttributes"])
