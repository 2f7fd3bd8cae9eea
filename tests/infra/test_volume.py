"""The files that an experiment's steps share: EFS, which only the driver on the cluster's nodes may mount."""

import re
from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from tests.infra.templates import ROOT, STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

CLIENT = {f"elasticfilesystem:Client{use}" for use in ("Mount", "Write", "RootAccess")}


def file_system(stacks: Any, stage: str) -> dict[str, Any]:
    properties: dict[str, Any] = stacks(stage, "experiments").one("AWS::EFS::FileSystem")
    return properties


def access_point(stacks: Any, stage: str) -> dict[str, Any]:
    properties: dict[str, Any] = stacks(stage, "experiments").one("AWS::EFS::AccessPoint")
    return properties


def test_files_are_encrypted_with_the_data_key_and_move_to_infrequent_access(stacks: Any, stage: str) -> None:
    files = file_system(stacks, stage)
    assert files["Encrypted"] is True
    assert "labeler-" in text(files["KmsKeyId"])
    assert "-data:" in text(files["KmsKeyId"])
    assert {"TransitionToIA": "AFTER_30_DAYS"} in files["LifecyclePolicies"]
    assert {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"} in files["LifecyclePolicies"]
    assert files["ThroughputMode"] == "elastic"


def test_files_are_backed_up_and_kept_as_the_environment_says(stacks: Any, stage: str) -> None:
    environment = ENVIRONMENTS[stage]
    status = file_system(stacks, stage).get("BackupPolicy", {}).get("Status")
    assert (status == "ENABLED") is environment.platform.is_volume_backed_up
    (resource,) = (
        each for each in stacks(stage, "experiments").resources.values() if each["Type"] == "AWS::EFS::FileSystem"
    )
    assert resource["DeletionPolicy"] == ("Retain" if environment.retention.is_kept else "Delete")


def test_only_the_driver_may_mount_and_only_with_tls_through_an_access_point(stacks: Any, stage: str) -> None:
    allowed, *denied = file_system(stacks, stage)["FileSystemPolicy"]["Statement"]
    assert allowed["Effect"] == "Allow"
    assert text(allowed["Principal"]["AWS"]).startswith("<VolumeDriverRole")
    assert set(allowed["Action"]) == CLIENT - {"elasticfilesystem:ClientRootAccess"}
    assert [(each["Effect"], each["Principal"], set(each["Action"]), each["Condition"]) for each in denied] == [
        ("Deny", {"AWS": "*"}, CLIENT, {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"AWS": "*"}, CLIENT, {"StringNotLike": {"elasticfilesystem:AccessPointArn": "*"}}),
    ]


def test_driver_has_no_other_permissions(stacks: Any, stage: str) -> None:
    template = stacks(stage, "experiments")
    role = template.one("AWS::IAM::Role", "VolumeDriverRole")
    assert {"Policies", "ManagedPolicyArns"} & role.keys() == set()
    assert list(template.statements()) == []
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert text(trusted["Principal"]["Service"]) == "pods.eks.amazonaws.com"


def test_each_zone_has_a_mount_target_in_its_system_subnet(stacks: Any, stage: str) -> None:
    targets = stacks(stage, "experiments").of_type("AWS::EFS::MountTarget").values()
    subnets = {text(target["SubnetId"]) for target in targets}
    assert len(subnets) == len(targets) == ENVIRONMENTS[stage].platform.zones
    assert all("Vpcsystem" in subnet for subnet in subnets)
    assert {text(group) for target in targets for group in target["SecurityGroups"]} == {
        f"<{name}.GroupId>" for name in stacks(stage, "experiments").of_type("AWS::EC2::SecurityGroup")
    }


def test_only_nodes_of_the_cluster_reach_a_mount_target(stacks: Any, stage: str) -> None:
    group = stacks(stage, "experiments").one("AWS::EC2::SecurityGroup")
    assert "SecurityGroupIngress" not in group
    assert {rule["CidrIp"] for rule in group["SecurityGroupEgress"]} == {"255.255.255.255/32"}
    assert stacks(stage, "experiments").of_type("AWS::EC2::SecurityGroupIngress") == {}
    (opened,) = (
        rule
        for rule in stacks(stage, "cluster").of_type("AWS::EC2::SecurityGroupIngress").values()
        if "experiments" in text(rule["GroupId"])
    )
    assert (opened["FromPort"], opened["ToPort"], opened["IpProtocol"]) == (2049, 2049, "tcp")
    assert text(opened["SourceSecurityGroupId"]).endswith(".ClusterSecurityGroupId>")
    assert "CidrIp" not in opened


def test_access_point_maps_to_the_user_of_the_trainer_image_in_its_own_directory(stacks: Any, stage: str) -> None:
    image = (ROOT / "containers/trainer/Dockerfile").read_text()
    (user,) = re.findall(r"^USER (\d+):(\d+)$", image, re.MULTILINE)
    point = access_point(stacks, stage)
    assert (point["PosixUser"]["Uid"], point["PosixUser"]["Gid"]) == user
    directory = point["RootDirectory"]
    assert directory["Path"] != "/"
    assert (directory["CreationInfo"]["OwnerUid"], directory["CreationInfo"]["OwnerGid"]) == user
    assert directory["CreationInfo"]["Permissions"] == "750"
