"""The cluster: encrypted, inside the network, with software in pinned versions."""

from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from tests.infra.templates import STAGES

pytestmark = pytest.mark.parametrize("stage", STAGES)


def test_api_is_private_and_secrets_are_encrypted(stacks: Any, stage: str) -> None:
    cluster = stacks(stage, "cluster").one("AWS::EKS::Cluster")
    access = cluster["ResourcesVpcConfig"]
    assert access["EndpointPrivateAccess"] is True
    assert access["EndpointPublicAccess"] is False
    assert cluster["EncryptionConfig"][0]["Resources"] == ["secrets"]
    assert cluster["ComputeConfig"]["Enabled"] is True
    assert cluster["AccessConfig"]["AuthenticationMode"] == "API"
    assert cluster["AccessConfig"].get("BootstrapClusterCreatorAdminPermissions") is False
    enabled = {kind["Type"] for kind in cluster["Logging"]["ClusterLogging"]["EnabledTypes"]}
    assert enabled == {"api", "audit", "authenticator", "controllerManager", "scheduler"}


def test_control_plane_logs_are_kept_as_long_as_the_environment_says(stacks: Any, stage: str) -> None:
    """EKS makes the group itself when it is missing, and then keeps it for ever."""
    template = stacks(stage, "cluster")
    ((cluster, properties),) = template.of_type("AWS::EKS::Cluster").items()
    groups = {group.get("LogGroupName"): name for name, group in template.of_type("AWS::Logs::LogGroup").items()}
    name = groups[f"/aws/eks/{properties['Name']}/cluster"]
    assert name in template.dependencies(cluster)
    assert template.of_type("AWS::Logs::LogGroup")[name]["RetentionInDays"] == ENVIRONMENTS[stage].retention.logs


def test_charts_have_pinned_versions(stacks: Any, stage: str) -> None:
    charts = stacks(stage, "cluster").of_type("Custom::AWSCDK-EKS-HelmChart").values()
    pinned = {chart["Chart"]: chart["Version"] for chart in charts}
    assert set(pinned) == {"keda", *(["datadog"] if ENVIRONMENTS[stage].datadog else [])}
    assert all(version.count(".") == 2 for version in pinned.values())
    # older ones leave messages in flight out of the count
    assert tuple(int(part) for part in pinned["keda"].split(".")) >= (2, 20, 0)


def test_api_takes_https_from_inside_the_network(stacks: Any, stage: str) -> None:
    opened = {
        (rule["CidrIp"], rule["FromPort"])
        for rule in stacks(stage, "cluster").of_type("AWS::EC2::SecurityGroupIngress").values()
        if "CidrIp" in rule
    }
    assert (ENVIRONMENTS[stage].platform.cidr, 443) in opened
