"""Cluster, registry and monitoring host: encrypted, inside, and able to come back."""

import json
import re
from typing import Any

import pytest

from tests.infra.templates import ROOT, STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)
RELEASE = json.loads((ROOT / "cdk.json").read_text())["context"]["release"]


def test_the_cluster_is_reached_from_inside_only_and_its_secrets_are_encrypted(stacks: Any, stage: str) -> None:
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


def test_the_control_plane_s_logs_are_kept_as_long_as_the_stage_says(stacks: Any, stage: str) -> None:
    """EKS makes the group itself when it is missing, and then keeps it for ever."""
    from environments import ENVIRONMENTS

    template = stacks(stage, "cluster")
    ((cluster, properties),) = template.of_type("AWS::EKS::Cluster").items()
    groups = {group.get("LogGroupName"): name for name, group in template.of_type("AWS::Logs::LogGroup").items()}
    name = groups[f"/aws/eks/{properties['Name']}/cluster"]
    assert name in template.waits_for(cluster)
    assert template.of_type("AWS::Logs::LogGroup")[name]["RetentionInDays"] == ENVIRONMENTS[stage].retention.logs


def test_other_people_s_software_comes_in_pinned_versions(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    charts = stacks(stage, "cluster").of_type("Custom::AWSCDK-EKS-HelmChart").values()
    pinned = {chart["Chart"]: chart["Version"] for chart in charts}
    assert set(pinned) == {"keda", *(["datadog"] if ENVIRONMENTS[stage].datadog else [])}
    assert all(version.count(".") == 2 for version in pinned.values())
    # older ones leave messages in flight out of the count
    assert tuple(int(part) for part in pinned["keda"].split(".")) >= (2, 20, 0)


def test_the_database_is_private_encrypted_backed_up_and_its_password_nobody_s(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    database = stacks(stage, "registry").one("AWS::RDS::DBInstance")
    assert database["PubliclyAccessible"] is False
    assert database["StorageEncrypted"] is True
    assert database["BackupRetentionPeriod"] == ENVIRONMENTS[stage].platform.database_backup_days >= 7
    assert database["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in database
    assert int(str(database["EngineVersion"]).partition(".")[0]) >= 16
    assert database["DeletionProtection"] is ENVIRONMENTS[stage].retention.is_kept
    (group,) = stacks(stage, "registry").of_type("AWS::RDS::DBParameterGroup").values()
    assert group["Parameters"]["rds.force_ssl"] == "1"


def test_the_database_is_in_subnets_of_its_own(stacks: Any, stage: str) -> None:
    group = stacks(stage, "registry").one("AWS::RDS::DBSubnetGroup")
    assert all("Vpcdatabase" in text(subnet) for subnet in group["SubnetIds"])


def test_the_registry_has_one_address_inside_that_clients_know(stacks: Any, stage: str) -> None:
    template = stacks(stage, "registry")
    assert template.one("AWS::ElasticLoadBalancingV2::LoadBalancer")["Scheme"] == "internal"
    uri = stacks(stage, "pipeline").one("AWS::Lambda::Function", "ManifestFunction")["Environment"]["Variables"][
        "LABELER_REGISTRY_URI"
    ]
    record = template.one("AWS::Route53::RecordSet")
    listener = template.one("AWS::ElasticLoadBalancingV2::Listener")
    assert uri == f"http://{record['Name'].rstrip('.')}:{listener['Port']}"


def test_auto_mode_may_put_pods_behind_the_registry_s_address(stacks: Any, stage: str) -> None:
    targets = stacks(stage, "registry").one("AWS::ElasticLoadBalancingV2::TargetGroup")
    name = stacks(stage, "cluster").one("AWS::EKS::Cluster")["Name"]
    assert {"Key": "eks:eks-cluster-name", "Value": name} in targets["Tags"]


def test_the_registry_s_server_may_read_its_password_and_its_bucket(stacks: Any, stage: str) -> None:
    allowed = stacks(stage, "cluster").allowed("RegistryRole")
    assert set(allowed) == {
        "s3:ListBucket",
        "s3:GetObject",
        "s3:PutObject",
        "s3:DeleteObject",
        "kms:Decrypt",
        "kms:GenerateDataKey",
        "secretsmanager:GetSecretValue",
        # without it the driver mounts the first password and never hears of the next
        "secretsmanager:DescribeSecret",
    }
    assert all("Artifacts" in resource for resource in allowed["s3:GetObject"])
    assert allowed["secretsmanager:DescribeSecret"] == allowed["secretsmanager:GetSecretValue"]
    assert all("MasterUserSecret" in resource for resource in allowed["secretsmanager:GetSecretValue"])


def test_the_monitoring_host_replaces_itself(stacks: Any, stage: str) -> None:
    fleet = stacks(stage, "monitoring").one("AWS::AutoScaling::AutoScalingGroup")
    assert (fleet["MinSize"], fleet["MaxSize"]) == ("1", "1")
    assert fleet["MaxInstanceLifetime"] == 7 * 86400
    assert all("Vpcsystem" in text(subnet) for subnet in fleet["VPCZoneIdentifier"])


def test_the_monitoring_host_has_no_door_but_session_manager_s(stacks: Any, stage: str) -> None:
    template = stacks(stage, "monitoring")
    data = template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    assert data["MetadataOptions"] == {"HttpPutResponseHopLimit": 1, "HttpTokens": "required"}
    assert "KeyName" not in data
    assert data["BlockDeviceMappings"][0]["Ebs"]["Encrypted"] is True
    assert all("SecurityGroupIngress" not in group for group in template.of_type("AWS::EC2::SecurityGroup").values())
    assert template.of_type("AWS::EC2::SecurityGroupIngress") == {}


def test_the_monitoring_host_starts_what_its_settings_say(stacks: Any, stage: str) -> None:
    from labeler.settings import MonitoringHostSettings

    script = text(
        stacks(stage, "monitoring").one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"]
    )
    required = [name for name, field in MonitoringHostSettings.model_fields.items() if field.is_required()]
    assert all(f"--env LABELER_{name.upper()}=" in script for name in required)
    assert "Restart=always" in script
    given = dict(pair.split("=", 1) for pair in re.findall(r"--env (LABELER_\S+)", script))
    assert set(MonitoringHostSettings.from_environment(given).as_environment()) == set(given)
    entry = re.search(r"^ENTRYPOINT (.*)$", (ROOT / "containers/monitoring/Dockerfile").read_text(), re.MULTILINE)
    assert entry
    assert entry[1] == '["labeler", "monitor", "up"]', "nothing is said after the image: its entry point is what runs"
    (started,) = re.findall(r"^ExecStart=(/usr/bin/docker run.*)$", script, re.MULTILINE)
    assert started.endswith(f":{RELEASE}")
    assert "--read-only" in script


def test_a_monitoring_host_whose_start_fails_tries_again_and_gives_itself_up(stacks: Any, stage: str) -> None:
    """Login and image belong to the unit, which is restarted; the look runs before anything that may fail."""
    template = stacks(stage, "monitoring")
    script = text(template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"])
    before, _, after = script.partition("dnf install")
    assert "docker login" in before.partition("ExecStart=/usr/bin/docker")[0]
    assert "ExecStartPre=/usr/bin/docker pull" in before
    assert "docker login" not in after
    assert "systemctl enable --now labeler-monitoring-look.timer" in before
    assert "set-instance-health" in before
    assert "autoscaling:SetInstanceHealth" in template.allowed("HostRole")


def test_a_release_reaches_the_monitoring_host_and_a_page_that_does_not_come_is_taken_back(
    stacks: Any, stage: str
) -> None:
    template = stacks(stage, "monitoring")
    (fleet,) = (r for r in template.resources.values() if r["Type"] == "AWS::AutoScaling::AutoScalingGroup")
    rolling = fleet["UpdatePolicy"]["AutoScalingRollingUpdate"]
    assert (rolling["MinInstancesInService"], rolling["WaitOnResourceSignals"]) == (0, True)
    script = text(template.one("AWS::EC2::LaunchTemplate")["LaunchTemplateData"]["UserData"]["Fn::Base64"])
    assert "cfn-signal" in script.partition("set -euo")[0]
    assert "until curl" in script.rstrip().splitlines()[-1], "what ends well is the page, not the commands before it"


def test_images_are_scanned_never_overwritten_and_forgotten_in_the_end(stacks: Any, stage: str) -> None:
    from parts.delivery import NAMES

    repositories = stacks(stage, "delivery").of_type("AWS::ECR::Repository").values()
    assert {repository["RepositoryName"] for repository in repositories} == {f"labeler-{stage}/{n}" for n in NAMES}
    for repository in repositories:
        assert repository["ImageScanningConfiguration"] == {"ScanOnPush": True}
        assert repository["ImageTagMutability"] == "IMMUTABLE"
        assert "countNumber" in repository["LifecyclePolicy"]["LifecyclePolicyText"]
