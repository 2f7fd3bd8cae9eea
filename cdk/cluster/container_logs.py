"""What pods write goes to CloudWatch, by AWS's own add-on: through the endpoint, also from nodes without a route to the internet."""

import json

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk.cluster.cluster import Cluster, cluster_name
from cdk.cluster.findings import acknowledge_policies
from cdk.cluster.pods import pod_role
from cdk.environment import Environment
from cdk.retention import log_group

ADDON = "amazon-cloudwatch-observability"
POLICY = "CloudWatchAgentServerPolicy"
SOURCES = ("application", "dataplane", "host", "performance")


class ContainerLogs(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, cluster: Cluster, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        role = pod_role(self, "Role")
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(POLICY))
        acknowledge_policies(role, [POLICY], "the policy that AWS's add-on prescribes: it makes its log groups itself")
        # made first, so that they are kept as long as the environment says; the add-on writes to these names
        prefix = f"/aws/containerinsights/{cluster_name(environment)}"
        groups = [
            log_group(self, source.capitalize(), environment=environment, name=f"{prefix}/{source}")
            for source in SOURCES
        ]
        addon = self._addon(cluster, role)
        for group in groups:
            addon.node.add_dependency(group)

    def _addon(self, cluster: Cluster, role: iam.IRole) -> eks.CfnAddon:
        return eks.CfnAddon(
            self,
            "Addon",
            addon_name=ADDON,
            cluster_name=cluster.eks.cluster_name,
            resolve_conflicts="OVERWRITE",
            pod_identity_associations=[
                eks.CfnAddon.PodIdentityAssociationProperty(role_arn=role.role_arn, service_account="cloudwatch-agent")
            ],
            # on the workers' nodes, too
            configuration_values=json.dumps({"tolerations": [{"operator": "Exists"}]}),
        )
