"""The experiments' files on the cluster: EFS's driver as AWS's add-on, the rule that lets nodes in, volume and claim."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from cdk.cluster.cluster import Cluster
from cdk.cluster.manifests import apply_manifests
from cdk.data.volume import PORT, Volume
from cdk.data.volume_objects import volume_manifests

ADDON = "aws-efs-csi-driver"
ACCOUNT, NAMESPACE = "efs-csi-node-sa", "kube-system"
"""Of the part that mounts, on each node. The other part makes volumes, which nobody asks it for: it has no role."""


class MountedVolume(Construct):
    """`home`: the namespace of the claim."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        cluster: Cluster,
        volume: Volume,
        namespace: str,
        home: eks.KubernetesManifest,
    ) -> None:
        super().__init__(scope, construct_id)
        self._allow_nodes(cluster, volume)
        identity = cluster.add_pod_identity(
            "VolumeIdentity", role=volume.driver_role, account=ACCOUNT, namespace=NAMESPACE
        )
        driver = eks.CfnAddon(
            self,
            "Driver",
            addon_name=ADDON,
            cluster_name=cluster.eks.cluster_name,
            resolve_conflicts="OVERWRITE",
        )
        # a pod learns of its role when it is made
        driver.node.add_dependency(identity)
        claim = apply_manifests(self, "Claim", cluster, volume_manifests(handle=volume.handle, namespace=namespace))
        claim.node.add_dependency(home, driver)

    def _allow_nodes(self, cluster: Cluster, volume: Volume) -> None:
        """A node mounts, not a pod: network policies have no say in it."""
        ec2.CfnSecurityGroupIngress(
            self,
            "Nodes",
            description="the cluster's nodes",
            group_id=volume.group.security_group_id,
            ip_protocol="tcp",
            from_port=PORT,
            to_port=PORT,
            source_security_group_id=cluster.eks.cluster_security_group_id,
        )
