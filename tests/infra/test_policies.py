"""Least privilege, both ways: a recorded day needs nothing that its roles do not allow, and they allow nothing else."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.infra.calls import Need
from tests.infra.policies import Grant, Stage
from tests.infra.templates import STAGES

BY_STAGE = pytest.mark.parametrize("stage", STAGES)

RECORDED = (
    *("ManifestRole", "CompletionRole", "TickRole", "WorkerRole", "Operator", "Orchestrator"),
    *("JobsDriftRole", "JobsTrainerRole", "HostRole"),
)
"""Roles whose processes are labeler's own: every call of theirs is recorded."""

NOT_RECORDED = {
    "KedaRole": "KEDA's own calls; test_access.py holds them to two actions",
    "AgentRole": "Datadog's agent reads one secret",
    "RegistryRole": "MLflow's server, which S3 serves in tests/integration; it has one bucket and one secret",
    "NetworkFlowLogsRole": "VPC flow logs, by CDK",
    "Deploy": "a workflow's; test_access.py and test_delivery.py hold it to images, bootstrap's roles and one description",
    "Diff": "a workflow's; test_delivery.py holds it to looking",
    "Releaser": "a workflow's, for `labeler release`; test_delivery.py",
    "RegistryTunnel": "a workflow's, for a promotion; test_delivery.py",
    "OnCall": "a person's commands; test_runbooks.py holds it to the runbooks'",
    "EksClusterKubectlProvider": "CDK's function for kubectl in deployments",
}
"""Other people's processes, by the beginning of their role's path; and which test covers those instead."""

PRESCRIBED = {
    "logs:CreateLogStream": "Lambda and Docker write logs under the role; moto runs neither",
    "logs:PutLogEvents": "as above",
    "ec2:CreateNetworkInterface": "Lambda puts the manifest into the network",
    "ec2:DescribeNetworkInterfaces": "as above",
    "ec2:DescribeSubnets": "as above",
    "ec2:DeleteNetworkInterface": "as above",
    "ec2:AssignPrivateIpAddresses": "as above",
    "ec2:UnassignPrivateIpAddresses": "as above",
    "ecr:GetAuthorizationToken": "the host's docker pulls the image",
    "ecr:BatchCheckLayerAvailability": "as above",
    "ecr:BatchGetImage": "as above",
    "ecr:GetDownloadUrlForLayer": "as above",
    "ssm:UpdateInstanceInformation": "the host's SSM agent",
    "ssmmessages:CreateControlChannel": "as above",
    "ssmmessages:CreateDataChannel": "as above",
    "ssmmessages:OpenControlChannel": "as above",
    "ssmmessages:OpenDataChannel": "as above",
    "autoscaling:SetInstanceHealth": "a host whose page is away asks to be replaced",
    "eks:DescribeCluster": "`aws eks update-kubeconfig`, which Airflow's connection is made with",
}
"""Actions that AWS or somebody's agent uses in the role's name, and no code of ours: nothing here could record them."""
EXTENSION = "secret:labeler/datadog-api-key"
"""Datadog's extension in the functions reads it; there is none on the local AWS."""
BY_OTHERS = {
    ("CompletionRole", "sqs:GetQueueAttributes"): "Lambda's poller asks for it; the emulator's does not",
    ("HostRole", "cloudwatch:PutMetricData"): "the host's own check of its page, a shell script",
}


def needed(recorded: Mapping[str, Any]) -> dict[str, list[Need]]:
    return {role: [Need(*need) for need in needs] for role, needs in recorded["needs"].items()}


def forbidden(grants: Iterable[Grant], needs: Mapping[str, Sequence[Need]]) -> set[tuple[str, Need]]:
    """Calls that no statement of the caller's role allows."""
    allowed: dict[str, list[Grant]] = {}
    for grant in grants:
        allowed.setdefault(grant.role, []).append(grant)
    return {
        (role, need)
        for role, role_needs in needs.items()
        for need in role_needs
        if not any(grant.allows(need) for grant in allowed.get(role, ()))
    }


def unused(grants: Iterable[Grant], needs: Mapping[str, Sequence[Need]]) -> set[Grant]:
    """What the recorded roles may do, action by action and pattern by pattern, and no recorded call needed."""
    return {
        grant
        for grant in grants
        if grant.role in RECORDED
        and grant.action not in PRESCRIBED
        and (grant.role, grant.action) not in BY_OTHERS
        and EXTENSION not in grant.resource
        and not any(grant.allows(need) for need in needs.get(grant.role, ()))
    }


@pytest.mark.timeout(600)
def test_every_process_was_recorded(recorded: Mapping[str, Any]) -> None:
    assert sorted(recorded["needs"]) == sorted(RECORDED)


@BY_STAGE
def test_roles_allow_every_recorded_call(assembly: Path, recorded: Mapping[str, Any], stage: str) -> None:
    grants = list(Stage(assembly / f"assembly-{stage}").grants())
    assert shown(forbidden(grants, needed(recorded))) == []


@BY_STAGE
def test_roles_allow_nothing_that_no_recorded_call_needed(
    assembly: Path, recorded: Mapping[str, Any], stage: str
) -> None:
    grants = list(Stage(assembly / f"assembly-{stage}").grants())
    assert shown(unused(grants, needed(recorded))) == []


@BY_STAGE
def test_every_role_is_recorded_or_covered_by_another_test(assembly: Path, stage: str) -> None:
    """A new role has to be recorded, or to be named here with the test that covers it instead."""
    roles = {grant.role for grant in Stage(assembly / f"assembly-{stage}").grants()}
    assert {role for role in roles if role not in RECORDED and not role.startswith(tuple(NOT_RECORDED))} == set()
    assert set(RECORDED) <= roles


def test_every_exception_is_still_needed(assembly: Path) -> None:
    """An excuse that nobody needs any more hides the next grant."""
    grants = list(Stage(assembly / "assembly-prod").grants())
    assert set(PRESCRIBED) - {grant.action for grant in grants if grant.role in RECORDED} == set()
    assert [name for name in NOT_RECORDED if not any(grant.role.startswith(name) for grant in grants)] == []


@pytest.mark.parametrize(
    ("resource", "pattern", "is_fitting"),
    [
        ("arn:aws:s3:::labeler-runs/runs/a/pins.json", "arn:aws:s3:::labeler-runs/runs/*/pins.json", True),
        ("arn:aws:s3:::labeler-runs/runs/a/pins.json", "arn:aws:s3:::labeler-runs/runs/*/slices/*", False),
        ("arn:aws:s3:::labeler-runs", "arn:aws:s3:::labeler-runs/*", False),
        ("arn:aws:s3:::a/[x]", "arn:aws:s3:::a/[x]", True),
    ],
)
def test_wildcard_fits_within_its_pattern_and_brackets_are_literal(
    resource: str, pattern: str, is_fitting: bool
) -> None:
    from tests.infra.policies import fits

    assert fits(resource, pattern) is is_fitting


def test_missing_and_superfluous_grants_are_found(assembly: Path, recorded: Mapping[str, Any]) -> None:
    """Both proofs, seen to fail: one grant taken away, one added, for each recorded role."""
    grants, needs = list(Stage(assembly / "assembly-prod").grants()), needed(recorded)
    used = [grant for grant in grants if any(grant.allows(need) for need in needs.get(grant.role, ()))]
    assert {grant.role for grant in used} == set(RECORDED)
    for role in RECORDED:
        for grant in (each for each in used if each.role == role):
            others = [each for each in grants if each[:3] != grant[:3]]
            is_double = any(each.role == role and each.allows(Need(*grant[1:])) for each in others)
            assert is_double or forbidden(others, needs), grant
        spare = Grant(role, "s3:GetObject", "arn:aws:s3:::labeler-raw/elsewhere/*", "")
        assert unused([*grants, spare], needs) >= {spare}


def shown(rows: Iterable[tuple[Any, ...]]) -> list[str]:
    return sorted(" ".join(map(str, each)) for each in rows)
