"""The cluster: EKS Auto Mode, in CloudFormation's own resources, its API inside the network only."""

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk.lambda_layer_kubectl_v36 import KubectlV36Layer
from constructs import Construct

from cdk.cluster.findings import AWS_POLICY, acknowledge_cluster, acknowledge_policies
from cdk.cluster.network import SYSTEM
from cdk.environment import Environment, Platform
from cdk.retention import encryption_key, log_group

VERSION = eks.KubernetesVersion.V1_36
KUBERNETES = VERSION.version
"""For the proofs that validate manifests."""
POOLS = ["system", "general-purpose"]
NODE_POLICIES = ("AmazonEKSWorkerNodeMinimalPolicy", "AmazonEC2ContainerRegistryPullOnly")


class Cluster(Construct):
    def __init__(
        self, scope: Construct, construct_id: str, *, environment: Environment, platform: Platform, vpc: ec2.IVpc
    ) -> None:
        super().__init__(scope, construct_id)
        key = encryption_key(self, "Secrets", environment=environment, description="Kubernetes secrets")
        name = cluster_name(environment)
        # EKS writes to this name; made first, so that it is kept as long as the environment says, not for ever
        logs = log_group(self, "ControlPlane", environment=environment, name=f"/aws/eks/{name}/cluster")
        self.node_role = self._node_role()
        self.eks = self._cluster(name, vpc=vpc, key=key)
        self.eks.node.add_dependency(logs)
        acknowledge_cluster(self.eks)
        for number, arn in enumerate(platform.administrators):
            self.eks.grant_cluster_admin(f"Administrator{number}", arn)

    def _cluster(self, name: str, *, vpc: ec2.IVpc, key: kms.Key) -> eks.Cluster:
        return eks.Cluster(
            self,
            "Cluster",
            # a name: Auto Mode puts pods behind the registry's balancer only if its target group is tagged with it
            cluster_name=name,
            version=VERSION,
            default_capacity_type=eks.DefaultCapacityType.AUTOMODE,
            compute=eks.ComputeConfig(node_pools=POOLS, node_role=self.node_role),
            vpc=vpc,
            vpc_subnets=[ec2.SubnetSelection(subnet_group_name=SYSTEM)],
            endpoint_access=eks.EndpointAccess.PRIVATE,
            secrets_encryption_key=key,
            cluster_logging=list(eks.ClusterLoggingTypes),
            bootstrap_cluster_creator_admin_permissions=False,
            output_config_command=False,
            kubectl_provider_options=eks.KubectlProviderOptions(
                kubectl_layer=KubectlV36Layer(self, "Kubectl"),
                private_subnets=vpc.select_subnets(subnet_group_name=SYSTEM).subnets,
            ),
        )

    def _node_role(self) -> iam.Role:
        """Of all nodes: EKS lets in the role that the cluster is made with, so the workers' node class takes it, too."""
        role = iam.Role(
            self,
            "NodeRole",
            assumed_by=iam.ServicePrincipal("ec2.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(name) for name in NODE_POLICIES],
        )
        acknowledge_policies(role, NODE_POLICIES, AWS_POLICY)
        return role

    def add_pod_identity(
        self, construct_id: str, *, role: iam.IRole, account: str, namespace: str
    ) -> eks.CfnPodIdentityAssociation:
        """Pods of the service account get the role from the agent on their node.

        Whatever starts such pods depends on the association: a pod that is there before it never gets credentials.
        """
        association = eks.CfnPodIdentityAssociation(
            self,
            construct_id,
            cluster_name=self.eks.cluster_name,
            namespace=namespace,
            service_account=account,
            role_arn=role.role_arn,
        )
        # with its policy, which is a resource of its own
        association.node.add_dependency(role)
        return association


def cluster_name(environment: Environment) -> str:
    return f"labeler-{environment.name}"
