"""Least privilege, as far as a template can show it."""

import json
from typing import Any

import pytest

from tests.infra.templates import PARTS, STAGES, Template, as_list, text

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
OF_JOBS = {("jobs", "trainer"), ("jobs", "drift-report")}
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
    found = [
        (part, name, action)
        for part, name, statement in statements(stacks, stage)
        for action in as_list(statement["Action"])
        if "*" in action
    ]
    assert found == []


def test_any_resource_is_allowed_only_where_aws_takes_none(stacks: Any, stage: str) -> None:
    found = {
        action
        for _, _, statement in statements(stacks, stage)
        if "*" in [text(resource) for resource in as_list(statement["Resource"])]
        for action in as_list(statement["Action"])
    }
    assert found == NO_RESOURCE


def test_a_whole_bucket_is_nobody_s_but_the_registry_s(stacks: Any, stage: str) -> None:
    found = {
        (part, name[:12])
        for part, name, statement in statements(stacks, stage)
        for resource in as_list(statement["Resource"])
        if text(resource).endswith(">/*")
    }
    assert found == {("cluster", "RegistryRole")}


def test_a_worker_can_t_touch_raw_files_nor_the_ledger_nor_other_queues(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "pipeline").allowed("WorkerRole")
    assert {action.partition(":")[0] for action in allowed} == {"s3", "sqs", "kms"}
    assert not any("Raw" in resource for action in ("s3:PutObject", "s3:DeleteObject") for resource in allowed[action])
    assert all("Work" in resource for action in allowed if action.startswith("sqs") for resource in allowed[action])
    assert {action for action in allowed if action.startswith("sqs")} == {
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:ChangeMessageVisibility",
    }


def test_only_completion_deletes_labels_beside_the_worker_that_wrote_them(stacks: Any, stage: str) -> None:
    deleting = {
        name[:10]
        for name, statement in stacks(stage, "pipeline").statements()
        if "s3:DeleteObject" in as_list(statement["Action"])
    }
    assert deleting == {"WorkerRole", "Completion", "TickRoleDe"}


def test_nobody_but_a_person_takes_messages_out_of_the_dead_letters(stacks: Any, stage: str) -> None:
    taking = {
        name[:8]
        for name, statement in stacks(stage, "pipeline").statements()
        if "sqs:DeleteMessage" in as_list(statement["Action"])
        and any("DeadLetters" in text(resource) for resource in as_list(statement["Resource"]))
    }
    assert taking == {"Operator"}


def test_a_missing_object_is_told_from_a_forbidden_one(stacks: Any, stage: str) -> None:
    """S3 says 404 only to who may list the bucket, without a condition on the prefix: a GET has none."""
    for name, statement in stacks(stage, "pipeline").statements():
        if "s3:ListBucket" in as_list(statement["Action"]):
            assert "Condition" not in statement, name
    for role in ("WorkerRole", "ManifestRole"):
        listed = stacks(stage, "pipeline").allowed(role)["s3:ListBucket"]
        assert {part for part in ("Raw", "Runs") if any(part in resource for resource in listed)} == {"Raw", "Runs"}


def test_keda_asks_for_the_depth_and_for_metrics_and_nothing_else(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "cluster").allowed("KedaRole")
    assert set(allowed) == {"sqs:GetQueueAttributes", "cloudwatch:GetMetricData"}
    assert all("Work" in resource for resource in allowed["sqs:GetQueueAttributes"])


def test_pods_get_roles_by_pod_identity_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    given = {
        (p["Namespace"], p["ServiceAccount"]) for p in template.of_type("AWS::EKS::PodIdentityAssociation").values()
    }
    assert {("labeler", "worker"), ("keda", "keda-operator"), ("registry", "mlflow"), *OF_JOBS} <= given
    trusted = stacks(stage, "pipeline").one("AWS::IAM::Role", "WorkerRole")["AssumeRolePolicyDocument"]["Statement"]
    assert {text(s["Principal"]["Service"]) for s in trusted} == {"pods.eks.amazonaws.com"}
    assert {a for s in trusted for a in as_list(s["Action"])} == {"sts:AssumeRole", "sts:TagSession"}


def test_no_pod_starts_before_its_identity_and_its_policy(stacks: Any, stage: str) -> None:
    """A pod that is there before its association runs without credentials until somebody restarts it."""
    template = stacks(stage, "cluster")
    associations = template.of_type("AWS::EKS::PodIdentityAssociation")
    assert len(associations) >= len({"worker", "keda-operator", "mlflow", *OF_JOBS})
    for identity, association in associations.items():
        policies = {
            name
            for name, policy in template.of_type("AWS::IAM::Policy").items()
            if association["RoleArn"] in [{"Fn::GetAtt": [role["Ref"], "Arn"]} for role in policy["Roles"]]
        }
        started_by = bringing(template, association["Namespace"], association["ServiceAccount"])
        assert started_by, identity
        for name in started_by:
            assert {identity, *policies} - template.waits_for(name) == set(), name


ADDONS = {"aws-efs-csi-driver": ("kube-system", "efs-csi-node-sa")}
"""The service account that an add-on of AWS brings."""


def bringing(template: Template, namespace: str, account: str) -> set[str]:
    """What brings the service account: our own objects, an add-on, or a chart into its namespace."""
    charts = template.of_type("Custom::AWSCDK-EKS-HelmChart").items()
    found = {name for name, chart in charts if chart["Namespace"] == namespace}
    for name, applied in template.of_type("Custom::AWSCDK-EKS-KubernetesResource").items():
        made = {
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for each in json.loads(text(applied["Manifest"]))
        }
        if ("ServiceAccount", namespace, account) in made:
            found.add(name)
    for name, addon in template.of_type("AWS::EKS::Addon").items():
        if ADDONS.get(addon["AddonName"]) == (namespace, account):
            found.add(name)
    return found


def test_a_workflow_deploys_one_stage_from_one_repository(stacks: Any, stage: str) -> None:
    from environments import GITHUB_SUBJECT

    role = stacks(stage, "delivery").one("AWS::IAM::Role", "Deploy")
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert statement["Condition"] == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": f"{GITHUB_SUBJECT}:environment:{stage}",
        }
    }


def test_a_workflow_assumes_only_what_bootstrap_made(stacks: Any, stage: str) -> None:
    assumed = stacks(stage, "delivery").allowed("Deploy")["sts:AssumeRole"]
    assert len(assumed) == 4
    assert all(":role/cdk-hnb659fds-" in arn and "*" not in arn for arn in assumed)
