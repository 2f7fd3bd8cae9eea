"""The Kubernetes objects as kubectl gets them: valid for the cluster's version, and closed to others."""

from collections.abc import Iterator
from typing import Any

import kubernetes_validate
import pytest
from cloudcoil.models.keda.v1alpha1 import ScaledObject, TriggerAuthentication

from cdk.cluster.cluster import KUBERNETES
from tests.infra.objects import manifest, manifests
from tests.infra.templates import STAGES

pytestmark = pytest.mark.parametrize("stage", STAGES)

# Not in Kubernetes' own schemas: KEDA's have their own test, EKS's are published nowhere as a schema.
OF_OTHERS = {
    "ScaledObject",
    "TriggerAuthentication",
    "NodeClass",
    "NodePool",
    "TargetGroupBinding",
    "SecretProviderClass",
}

NEWER_THAN_SCHEMA = {("spec", "fallback", "behavior")}
"""In KEDA since 2.17; the schema package for this Python is of 2.16."""


@pytest.fixture
def objects(stacks: Any, stage: str) -> list[dict[str, Any]]:
    return manifests(stacks(stage, "cluster"))


def test_every_object_is_valid_for_the_version_of_the_cluster(objects: list[dict[str, Any]]) -> None:
    known = [each for each in objects if each["kind"] not in OF_OTHERS]
    assert len(known) > 12
    for each in known:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


def test_validated_version_is_that_of_the_cluster(stacks: Any, stage: str) -> None:
    assert stacks(stage, "cluster").one("AWS::EKS::Cluster")["Version"] == KUBERNETES


def test_keda_objects_are_valid_by_its_own_definitions(stacks: Any, stage: str) -> None:
    for model, name in ((ScaledObject, "worker"), (TriggerAuthentication, "keda-operator")):
        applied = manifest(stacks(stage, "cluster"), model.__name__, name)
        understood = model.model_validate(applied).model_dump(by_alias=True, exclude_unset=True, mode="json")
        assert set(paths(applied)) - set(paths(understood)) <= NEWER_THAN_SCHEMA


def paths(value: Any, here: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Of every leaf."""
    match value:
        case dict():
            for key, part in value.items():
                yield from paths(part, (*here, key))
        case list():
            for part in value:
                yield from paths(part, here)
        case _:
            yield here


def test_pods_run_without_root_or_a_writable_file_system(objects: list[dict[str, Any]]) -> None:
    pods = [each["spec"]["template"]["spec"] for each in objects if each["kind"] == "Deployment"]
    assert len(pods) == 2
    for pod in pods:
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == 10001
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert pod["automountServiceAccountToken"] is False
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert not container["image"].endswith(":latest")


def test_namespaces_enforce_restricted_pod_security(objects: list[dict[str, Any]]) -> None:
    enforced = {
        each["metadata"]["name"]: each["metadata"]["labels"]["pod-security.kubernetes.io/enforce"]
        for each in objects
        if each["kind"] == "Namespace"
    }
    assert {enforced[name] for name in ("labeler", "registry", "keda")} == {"restricted"}


def test_network_policies_deny_all_but_the_egress_of_workers(
    stacks: Any, stage: str, objects: list[dict[str, Any]]
) -> None:
    policies = [each for each in objects if each["kind"] == "NetworkPolicy"]
    closed = {p["metadata"]["namespace"] for p in policies if p["spec"]["podSelector"] == {}}
    assert closed == {"labeler", "registry", "jobs"}
    worker = manifest(stacks(stage, "cluster"), "NetworkPolicy", "worker")["spec"]
    assert "ingress" not in worker
    assert set(worker["policyTypes"]) == {"Ingress", "Egress"}
    enforcing = manifest(stacks(stage, "cluster"), "ConfigMap", "amazon-vpc-cni")
    assert enforcing["data"]["enable-network-policy-controller"] == "true"
