"""What a deployment does beside deploying: `labeler release ...`, and the way to the registry for a promotion.

The policies belong to the stacks whose resources they name. So the delivery stack, which has the role, needs no other.
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from cdk.access import allow
from cdk.data import key_patterns as keys
from cdk.data.resources import DataResources
from cdk.monitoring.sessions import forward_document, grant_sessions
from cdk.run.function import PipelineFunction


def grant_release(role: iam.Role, pipeline: Stack, *, data: DataResources, manifest: PipelineFunction) -> None:
    """`check`, `note`, `before`, `list` and `smoke`: no run is changed but the smoke run that they open."""
    policy = iam.ManagedPolicy(pipeline, "Releaser", description="labeler release ...", roles=[role])
    data.ledger.allow_actions(policy, "GetItem", "Query")
    data.raw.allow_objects(policy, ["s3:PutObject"], keys.SMOKE)
    data.runs.allow_listing(policy)
    data.runs.allow_objects(policy, ["s3:GetObject"], keys.RECEIPTS, keys.SUMMARY)
    data.runs.allow_objects(policy, ["s3:GetObject", "s3:PutObject"], keys.RELEASES)
    manifest.allow_invocation(policy)


def grant_registry_access(role: iam.Role, monitoring: Stack) -> None:
    """A session that forwards a port through the monitoring host: MLflow's server is inside, and stays there."""
    policy = iam.ManagedPolicy(monitoring, "RegistryTunnel", description="promotes a champion", roles=[role])
    allow(
        policy,
        ["ec2:DescribeInstances"],
        ["*"],
        why_any="the host has another id each week, and AWS takes no resource for looking it up",
    )
    grant_sessions(policy, host_stack=monitoring.stack_name, documents=[forward_document(monitoring)])
