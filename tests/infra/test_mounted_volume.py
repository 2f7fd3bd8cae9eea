"""The experiments' files on the cluster: driver, volume and claim."""

import ast
import re
from typing import Any

import pytest

from tests.infra.objects import manifest, manifests
from tests.infra.templates import ROOT, STAGES, as_list, text

pytestmark = pytest.mark.parametrize("stage", STAGES)


def airflow_default(variable: str) -> str:
    """What the DAGs mount when nobody says otherwise, read without Airflow."""
    (defaults,) = (
        ast.literal_eval(node.value)
        for node in ast.parse((ROOT / "dags/labeling/settings.py").read_text()).body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "DEFAULTS"
    )
    value: str = defaults[variable]
    return value


def test_driver_is_the_add_on_and_waits_for_its_pod_identity(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    (driver,) = (
        resource
        for resource in template.resources.values()
        if resource["Type"] == "AWS::EKS::Addon" and resource["Properties"]["AddonName"] == "aws-efs-csi-driver"
    )
    identities = template.of_type("AWS::EKS::PodIdentityAssociation")
    (identity,) = (
        name for name, association in identities.items() if "VolumeDriverRole" in text(association["RoleArn"])
    )
    assert (identities[identity]["Namespace"], identities[identity]["ServiceAccount"]) == (
        "kube-system",
        "efs-csi-node-sa",
    )
    assert identity in as_list(driver["DependsOn"])


def test_claim_that_airflow_mounts_is_bound_to_the_volume(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    name = airflow_default("labeler_experiments_claim")
    claim, volume = manifest(template, "PersistentVolumeClaim", name), manifest(template, "PersistentVolume", name)
    assert claim["metadata"]["namespace"] == airflow_default("labeler_namespace")
    assert claim["spec"]["volumeName"] == volume["metadata"]["name"]
    place = {part: volume["spec"]["claimRef"][part] for part in ("name", "namespace")}
    assert place == {part: claim["metadata"][part] for part in ("name", "namespace")}
    # a class, even the cluster's default, would make another volume for the claim
    assert claim["spec"]["storageClassName"] == volume["spec"]["storageClassName"] == ""
    assert claim["spec"]["accessModes"] == volume["spec"]["accessModes"] == ["ReadWriteMany"]
    assert claim["spec"]["resources"]["requests"] == volume["spec"]["capacity"]


def test_volume_is_the_access_point_and_is_retained_without_its_claim(stacks: Any, stage: str) -> None:
    volume = manifest(stacks(stage, "cluster"), "PersistentVolume", "experiments")["spec"]
    file_system, point = volume["csi"]["volumeHandle"].split("::")
    assert re.fullmatch(r"<labeler-\w+-experiments:ExportsOutputRefVolumeFiles[0-9A-F]{8}\w+>", file_system)
    assert "AccessPoint" in point
    assert volume["csi"]["driver"] == "efs.csi.aws.com"
    assert set(volume["mountOptions"]) == {"tls", "iam"}
    assert volume["persistentVolumeReclaimPolicy"] == "Retain"


def test_claim_is_created_after_its_namespace_and_the_driver(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    (claim,) = (
        resource
        for resource in template.resources.values()
        if resource["Type"] == "Custom::AWSCDK-EKS-KubernetesResource"
        and '"PersistentVolumeClaim"' in text(resource["Properties"]["Manifest"])
    )
    before = [template.resources[name]["Properties"] for name in as_list(claim["DependsOn"])]
    assert any(each.get("AddonName") == "aws-efs-csi-driver" for each in before)
    assert any(
        '"Namespace"' in text(each["Manifest"]) and "jobs" in text(each["Manifest"])
        for each in before
        if "Manifest" in each
    )


def test_no_network_policy_opens_the_file_system_to_pods(stacks: Any, stage: str) -> None:
    """The node mounts: a pod that could reach the file system itself would need no driver's role to try."""
    opened = {
        port["port"]
        for each in manifests(stacks(stage, "cluster"))
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"].get("egress", [])
        for port in rule["ports"]
    }
    assert opened
    assert 2049 not in opened
