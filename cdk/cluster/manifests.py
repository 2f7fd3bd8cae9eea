"""Kubernetes objects into the cluster."""

from collections.abc import Sequence

from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from cdk.cluster.cluster import Cluster
from cdk.cluster.objects import Manifest


def apply_manifests(
    scope: Construct, construct_id: str, cluster: Cluster, manifests: Sequence[Manifest]
) -> eks.KubernetesManifest:
    """`kubectl apply` of all of them. No pruning: it would need labels on objects that are not ours to label."""
    return eks.KubernetesManifest(
        scope,
        construct_id,
        cluster=cluster.eks,  # type: ignore[arg-type] # jsii: its own Cluster lacks a member of ICluster
        manifest=list(manifests),
        prune=False,
        overwrite=True,
    )
