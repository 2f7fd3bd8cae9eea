"""Roles for pods."""

from aws_cdk import aws_iam as iam
from constructs import Construct


def pod_role(scope: Construct, construct_id: str) -> iam.Role:
    """EKS Pod Identity: the agent on the node assumes the role for a pod, and tags the session with who it is."""
    principal = iam.SessionTagsPrincipal(iam.ServicePrincipal("pods.eks.amazonaws.com"))
    return iam.Role(scope, construct_id, assumed_by=principal)
