"""MLflow's server on the cluster, with the registry's database, bucket and address."""

import json

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_eks_v2 as eks
from constructs import Construct

from environments import Platform
from parts.access import allow
from parts.cluster import Cluster
from parts.database import NAME, USER
from parts.objects import apply
from parts.pods import pod_role
from parts.registry_door import HOST, PORT
from stacks.data import DataStack
from stacks.registry import RegistryStack
from workloads import registry_server as server
from workloads.objects import namespace


class RegistryServer(Construct):
    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        platform: Platform,
        cluster: Cluster,
        registry: RegistryStack,
        data: DataStack,
        image: str,
    ) -> None:
        super().__init__(scope, construct_id)
        role = pod_role(self, "Role")
        data.artifacts.allow_listing(role)
        data.artifacts.allow_objects(role, ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], "*")
        # the driver asks for the value once, then describes the secret to see whether its password changed
        driver = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
        allow(role, driver, [registry.database.secret_arn])
        identity = cluster.give_role("MlflowIdentity", role=role, account=server.NAME, namespace=server.NAMESPACE)
        # the balancer comes with its clients' addresses, which are the network's
        cluster.eks.cluster_security_group.add_ingress_rule(
            ec2.Peer.ipv4(platform.cidr), ec2.Port.tcp(server.PORT), "the registry's server"
        )
        secrets = eks.CfnAddon(
            self,
            "Secrets",
            addon_name="aws-secrets-store-csi-driver-provider",
            cluster_name=cluster.eks.cluster_name,
            resolve_conflicts="OVERWRITE",
            configuration_values=json.dumps(
                {"secrets-store-csi-driver": {"syncSecret": {"enabled": True}, "enableSecretRotation": True}}
            ),
        )
        home = apply(self, "Namespace", cluster, [namespace(server.NAMESPACE)])
        pods = apply(
            self,
            "Pods",
            cluster,
            server.manifests(
                image=image,
                database=server.Database(
                    host=registry.database.instance.db_instance_endpoint_address,
                    name=NAME,
                    user=USER,
                    secret_arn=registry.database.secret_arn,
                ),
                bucket=data.artifacts.bucket_name,
                # localhost: a session through the monitoring host, which delivery and people promote through
                clients_come_by=f"{HOST}:{PORT},localhost:{PORT}",
                region=Stack.of(self).region,
                replicas=platform.mlflow_replicas,
                targets_arn=registry.door.targets.target_group_arn,
                cidr=platform.cidr,
            ),
        )
        pods.node.add_dependency(home, secrets, identity)
