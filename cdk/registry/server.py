"""MLflow's server on the cluster, with the registry's database, bucket and address."""

import json

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.access import allow
from cdk.cluster.cluster import Cluster
from cdk.cluster.manifests import apply_manifests
from cdk.cluster.objects import Manifest, namespace_manifest
from cdk.cluster.pods import pod_role
from cdk.data.buckets import DataBucket
from cdk.environment import Platform
from cdk.registry import database, server_deployment
from cdk.registry.endpoint import HOST, PORT
from cdk.registry.resources import RegistryResources
from cdk.registry.server_objects import Database, server_manifests


class RegistryServer(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        cluster: Cluster,
        registry: RegistryResources,
        artifacts: DataBucket,
        image: str,
    ) -> None:
        super().__init__(scope, construct_id)
        identity = cluster.add_pod_identity(
            "MlflowIdentity",
            role=self._role(registry, artifacts),
            account=server_deployment.NAME,
            namespace=server_deployment.NAMESPACE,
        )
        # the balancer comes with its clients' addresses, which are the network's
        cluster.eks.cluster_security_group.add_ingress_rule(
            ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(server_deployment.PORT), "the registry's server"
        )
        secrets = self._secrets_driver(cluster)
        home = apply_manifests(self, "Namespace", cluster, [namespace_manifest(server_deployment.NAMESPACE)])
        pods = apply_manifests(self, "Pods", cluster, self._manifests(platform, registry, artifacts, image))
        pods.node.add_dependency(home, secrets, identity)

    def _role(self, registry: RegistryResources, artifacts: DataBucket) -> iam.Role:
        role = pod_role(self, "Role")
        artifacts.allow_listing(role)
        artifacts.allow_objects(role, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "*")
        # the driver reads the value once, then describes the secret to see whether its password changed
        driver = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        allow(role, driver, [registry.database.secret_arn])
        return role

    def _secrets_driver(self, cluster: Cluster) -> eks.CfnAddon:
        return eks.CfnAddon(
            self,
            "Secrets",
            addon_name="aws-secrets-store-csi-driver-provider",
            cluster_name=cluster.eks.cluster_name,
            resolve_conflicts="OVERWRITE",
            configuration_values=json.dumps(
                {"secrets-store-csi-driver": {"syncSecret": {"enabled": True}, "enableSecretRotation": True}}
            ),
        )

    def _manifests(
        self, platform: Platform, registry: RegistryResources, artifacts: DataBucket, image: str
    ) -> list[Manifest]:
        return server_manifests(
            image=image,
            database=Database(
                host=registry.database.instance.db_instance_endpoint_address,
                port=database.PORT,
                name=database.NAME,
                user=database.USER,
                secret_arn=registry.database.secret_arn,
            ),
            bucket=artifacts.bucket_name,
            # localhost: a session through the monitoring host, which delivery and people promote through
            allowed_hosts=f"{HOST}:{PORT},localhost:{PORT}",
            region=Stack.of(self).region,
            replicas=platform.mlflow_replicas,
            targets_arn=registry.endpoint.targets.target_group_arn,
            cidr=platform.cidr,
        )
