"""The files that an experiment's steps share: one directory, which the cluster's nodes mount for the trainer's user."""

import ast
import re
from typing import Any

import pytest

from tests.infra.templates import ROOT, STAGES, as_list, manifest, manifests, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

CLIENT = {f"elasticfilesystem:Client{use}" for use in ("Mount", "Write", "RootAccess")}


def files(stacks: Any, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = stacks(stage, "experiments").one("AWS::EFS::FileSystem")
    return found


def access_point(stacks: Any, stage: str) -> dict[str, Any]:
    found: dict[str, Any] = stacks(stage, "experiments").one("AWS::EFS::AccessPoint")
    return found


def of_airflow(variable: str) -> str:
    """What the DAGs mount when nobody says otherwise, read without Airflow."""
    (defaults,) = (
        ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "dags/labeling/settings.py").read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEFAULTS"
    )
    found: str = defaults[variable]
    return found


def test_files_are_encrypted_with_the_data_s_key_and_grow_cheap_when_nobody_reads_them(stacks: Any, stage: str) -> None:
    made = files(stacks, stage)
    assert made["Encrypted"] is True
    assert "labeler-" in text(made["KmsKeyId"])
    assert "-data:" in text(made["KmsKeyId"])
    assert {"TransitionToIA": "AFTER_30_DAYS"} in made["LifecyclePolicies"]
    assert {"TransitionToPrimaryStorageClass": "AFTER_1_ACCESS"} in made["LifecyclePolicies"]
    assert made["ThroughputMode"] == "elastic"


def test_files_are_backed_up_and_outlive_their_stack_as_the_stage_says(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    environment = ENVIRONMENTS[stage]
    status = files(stacks, stage).get("BackupPolicy", {}).get("Status")
    assert (status == "ENABLED") is environment.platform.is_volume_backed_up
    (resource,) = (
        each for each in stacks(stage, "experiments").resources.values() if each["Type"] == "AWS::EFS::FileSystem"
    )
    assert resource["DeletionPolicy"] == ("Retain" if environment.retention.is_kept else "Delete")


def test_only_the_driver_may_mount_and_only_with_tls_through_an_access_point(stacks: Any, stage: str) -> None:
    allowed, *denied = files(stacks, stage)["FileSystemPolicy"]["Statement"]
    assert allowed["Effect"] == "Allow"
    assert text(allowed["Principal"]["AWS"]).startswith("<VolumeDriverRole")
    assert set(allowed["Action"]) == CLIENT - {"elasticfilesystem:ClientRootAccess"}
    assert [(each["Effect"], each["Principal"], set(each["Action"]), each["Condition"]) for each in denied] == [
        ("Deny", {"AWS": "*"}, CLIENT, {"Bool": {"aws:SecureTransport": "false"}}),
        ("Deny", {"AWS": "*"}, CLIENT, {"StringNotLike": {"elasticfilesystem:AccessPointArn": "*"}}),
    ]


def test_the_driver_may_do_nothing_else(stacks: Any, stage: str) -> None:
    template = stacks(stage, "experiments")
    role = template.one("AWS::IAM::Role", "VolumeDriverRole")
    assert {"Policies", "ManagedPolicyArns"} & role.keys() == set()
    assert list(template.statements()) == []
    (trusted,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert text(trusted["Principal"]["Service"]) == "pods.eks.amazonaws.com"


def test_there_is_a_mount_target_in_each_zone_s_private_subnet(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    targets = stacks(stage, "experiments").of_type("AWS::EFS::MountTarget").values()
    subnets = {text(target["SubnetId"]) for target in targets}
    assert len(subnets) == len(targets) == ENVIRONMENTS[stage].platform.zones
    assert all("Vpcsystem" in subnet for subnet in subnets)
    assert {text(group) for target in targets for group in target["SecurityGroups"]} == {
        f"<{name}.GroupId>" for name in stacks(stage, "experiments").of_type("AWS::EC2::SecurityGroup")
    }


def test_nobody_but_the_cluster_s_nodes_comes_to_a_mount_target(stacks: Any, stage: str) -> None:
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


def test_what_comes_through_the_access_point_is_the_trainer_image_s_user_in_a_directory_of_its_own(
    stacks: Any, stage: str
) -> None:
    image = (ROOT / "containers/trainer/Dockerfile").read_text()
    (user,) = re.findall(r"^USER (\d+):(\d+)$", image, re.MULTILINE)
    made = access_point(stacks, stage)
    assert (made["PosixUser"]["Uid"], made["PosixUser"]["Gid"]) == user
    directory = made["RootDirectory"]
    assert directory["Path"] != "/"
    assert (directory["CreationInfo"]["OwnerUid"], directory["CreationInfo"]["OwnerGid"]) == user
    assert directory["CreationInfo"]["Permissions"] == "750"


def test_the_driver_is_aws_s_and_knows_its_role_when_its_pods_are_made(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    (driver,) = (
        resource
        for resource in template.resources.values()
        if resource["Type"] == "AWS::EKS::Addon" and resource["Properties"]["AddonName"] == "aws-efs-csi-driver"
    )
    identities = template.of_type("AWS::EKS::PodIdentityAssociation")
    (identity,) = (name for name, made in identities.items() if "VolumeDriverRole" in text(made["RoleArn"]))
    assert (identities[identity]["Namespace"], identities[identity]["ServiceAccount"]) == (
        "kube-system",
        "efs-csi-node-sa",
    )
    assert identity in as_list(driver["DependsOn"])


def test_airflow_s_claim_is_on_that_volume_and_on_no_other(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    name = of_airflow("labeler_experiments_claim")
    claim, volume = manifest(template, "PersistentVolumeClaim", name), manifest(template, "PersistentVolume", name)
    assert claim["metadata"]["namespace"] == of_airflow("labeler_namespace")
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    place = {part: volume["spec"]["claimRef"][part] for part in ("name", "namespace")}
    assert place == {part: claim["metadata"][part] for part in ("name", "namespace")}
    # a class, even the cluster's default, would make another volume for the claim
    assert claim["spec"]["storageClassName"] == volume["spec"]["storageClassName"] == ""
    assert claim["spec"]["accessModes"] == volume["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["resources"]["requests"] == volume["spec"]["capacity"]


def test_the_volume_is_the_file_system_by_its_access_point_and_stays_when_the_claim_goes(
    stacks: Any, stage: str
) -> None:
    volume = manifest(stacks(stage, "cluster"), "PersistentVolume", "experiments")["spec"]
    file_system, point = volume["csi"]["volumeHandle"].split("::")
    assert re.fullmatch(r"<labeler-\w+-experiments:ExportsOutputRefVolumeFiles[0-9A-F]{8}\w+>", file_system)
    assert "AccessPoint" in point
    assert volume["csi"]["driver"] == "efs.csi.aws.com"
    assert set(volume["mountOptions"]) == {"tls", "iam"}
    assert volume["persistentVolumeReclaimPolicy"] == "Retain"


def test_the_claim_is_made_after_its_namespace_and_the_driver(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    (made,) = (
        resource
        for resource in template.resources.values()
        if resource["Type"] == "Custom::AWSCDK-EKS-KubernetesResource"
        and '"PersistentVolumeClaim"' in text(resource["Properties"]["Manifest"])
    )
    before = [template.resources[name]["Properties"] for name in as_list(made["DependsOn"])]
    assert any(each.get("AddonName") == "aws-efs-csi-driver" for each in before)
    assert any(
        '"Namespace"' in text(each["Manifest"]) and "jobs" in text(each["Manifest"])
        for each in before
        if "Manifest" in each
    )


def test_no_network_policy_opens_what_a_node_does_for_a_pod(stacks: Any, stage: str) -> None:
    """The node mounts: a pod that could reach the file system itself would need no driver's role to try."""
    opened = {
        port["port"]
        for found in manifests(stacks(stage, "cluster"))
        if found["kind"] == "NetworkPolicy"
        for rule in found["spec"].get("egress", [])
        for port in rule["ports"]
    }
    assert opened
    assert 2049 not in opened
