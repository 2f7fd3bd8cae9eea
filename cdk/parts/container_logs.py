"""What pods write goes to CloudWatch, by AWS's own add-on: through the endpoint, also from nodes without a way out."""

import json

from aws_cdk import aws_eks_v2 as eks
from aws_cdk import aws_iam as iam
from constructs import Construct

from environments import Environment
from parts.cluster import Cluster, cluster_name
from parts.cluster_findings import explain_policies
from parts.pods import pod_role
from parts.retention import log_group

ADDON = "amazon-cloudwatch-observability"
POLICY = "CloudWatchAgentServerPolicy"


class ContainerLogs(Construct):
    def __init__(self, scope: Construct, construct_id: str, *, cluster: Cluster, environment: Environment) -> None:
        super().__init__(scope, construct_id)
        role = pod_role(self, "Role")
        role.add_managed_policy(iam.ManagedPolicy.from_aws_managed_policy_name(POLICY))
        explain_policies(role, [POLICY], "the policy that AWS's add-on prescribes: it makes its log groups itself")
        # made first, so that they are kept as long as the environment says; the add-on writes to these names
        prefix = f"/aws/containerinsights/{cluster_name(environment)}"
        groups = [
            log_group(self, kind.capitalize(), environment=environment, name=f"{prefix}/{kind}")
            for kind in ("application", "dataplane", "host", "performance")
        ]
        addon = eks.CfnAddon(
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
        for group in groups:
            addon.node.add_dependency(group)
