"""What cdk-nag finds in the roles that EKS and CDK's kubectl function come with, and why it stays."""

import json
from collections.abc import Sequence

from aws_cdk import CfnElement, Stack
from aws_cdk import aws_eks_v2 as eks
from constructs import IConstruct

from cdk.access import acknowledge

AWS_POLICY = "the policy that EKS prescribes for this role; AWS keeps it in step with what Auto Mode does"
CDK_FUNCTION = "CDK's own function that runs kubectl and helm in deployments; it has this policy and no setting for it"

CLUSTER_POLICIES = (
    "AmazonEKSClusterPolicy",
    "AmazonEKSComputePolicy",
    "AmazonEKSBlockStoragePolicy",
    "AmazonEKSLoadBalancingPolicy",
    "AmazonEKSNetworkingPolicy",
)
KUBECTL_POLICIES = (
    "AmazonEC2ContainerRegistryReadOnly",
    "service-role/AWSLambdaBasicExecutionRole",
    "service-role/AWSLambdaVPCAccessExecutionRole",
)


def acknowledge_policies(construct: IConstruct, policies: Sequence[str], reason: str) -> None:
    for name in policies:
        acknowledge(construct, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{name}]", reason)


def acknowledge_cluster(cluster: eks.Cluster) -> None:
    acknowledge_policies(cluster.role, CLUSTER_POLICIES, AWS_POLICY)
    kubectl = cluster.node.find_child("KubectlProvider")
    handler = kubectl.node.find_child("Handler")
    acknowledge_policies(kubectl, KUBECTL_POLICIES, CDK_FUNCTION)
    acknowledge(kubectl, f"AwsSolutions-IAM4[Policy::{_if_public_registry(handler)}]", CDK_FUNCTION)
    acknowledge(
        kubectl, f"AwsSolutions-IAM5[Resource::<{_logical_id(handler.node.default_child)}.Arn>:*]", CDK_FUNCTION
    )
    acknowledge(kubectl, "AwsSolutions-L1", CDK_FUNCTION)


def _if_public_registry(handler: IConstruct) -> str:
    """cdk-nag names a conditional policy by its whole JSON."""
    name = "AmazonElasticContainerRegistryPublicReadOnly"
    policy = {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{name}"]]}
    condition = _logical_id(handler.node.find_child("HasEcrPublic"))
    return json.dumps({"Fn::If": [condition, policy, {"Ref": "AWS::NoValue"}]}, separators=(",", ":"))


def _logical_id(construct: IConstruct | None) -> str:
    if not isinstance(construct, CfnElement):
        raise TypeError(f"{construct} is no element of a template")
    return str(Stack.of(construct).get_logical_id(construct))
