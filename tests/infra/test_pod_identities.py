"""Pods get their roles by EKS Pod Identity, before they start."""

import json
from typing import Any

import pytest

from tests.infra.objects import manifest
from tests.infra.templates import STAGES, Template, as_list, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

OF_JOBS = {("jobs", "trainer"), ("jobs", "drift-report")}
ADDONS = {"aws-efs-csi-driver": ("kube-system", "efs-csi-node-sa")}
"""The service account that an add-on of AWS creates."""


def test_pods_get_roles_by_pod_identity_only(stacks: Any, stage: str) -> None:
    template = stacks(stage, "cluster")
    accounts = {
        (p["Namespace"], p["ServiceAccount"]) for p in template.of_type("AWS::EKS::PodIdentityAssociation").values()
    }
    assert {("labeler", "worker"), ("keda", "keda-operator"), ("registry", "mlflow"), *OF_JOBS} <= accounts
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
        creating = resources_that_create(template, association["Namespace"], association["ServiceAccount"])
        assert creating, identity
        for name in creating:
            assert {identity, *policies} - template.dependencies(name) == set(), name


def resources_that_create(template: Template, namespace: str, account: str) -> set[str]:
    """What creates the service account: our own objects, an add-on, or a chart into its namespace."""
    charts = template.of_type("Custom::AWSCDK-EKS-HelmChart").items()
    creating = {name for name, chart in charts if chart["Namespace"] == namespace}
    for name, applied in template.of_type("Custom::AWSCDK-EKS-KubernetesResource").items():
        objects = {
            (each["kind"], each["metadata"].get("namespace"), each["metadata"]["name"])
            for each in json.loads(text(applied["Manifest"]))
        }
        if ("ServiceAccount", namespace, account) in objects:
            creating.add(name)
    for name, addon in template.of_type("AWS::EKS::Addon").items():
        if ADDONS.get(addon["AddonName"]) == (namespace, account):
            creating.add(name)
    return creating


@pytest.mark.parametrize(("account", "role"), [("trainer", "JobsTrainerRole"), ("drift-report", "JobsDriftRole")])
def test_service_account_of_a_job_has_its_own_role(stacks: Any, stage: str, account: str, role: str) -> None:
    template = stacks(stage, "cluster")
    service_account = manifest(template, "ServiceAccount", account)
    assert service_account["metadata"]["namespace"] == "jobs"
    (association,) = (
        each
        for each in template.of_type("AWS::EKS::PodIdentityAssociation").values()
        if (each["Namespace"], each["ServiceAccount"]) == ("jobs", account)
    )
    assert text(association["RoleArn"]).startswith(f"<{role}")
