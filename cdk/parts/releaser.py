"""What a deployment does beside deploying: `labeler release ...`, and the way to the registry for a promotion.

The policies belong to the stacks whose resources they name. So the delivery stack, which has the role, needs no other.
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from parts import keys
from parts.access import allow
from stacks.monitoring import MonitoringStack
from stacks.pipeline import PipelineStack

FORWARD = "AWS-StartPortForwardingSessionToRemoteHost"


def grant_release(role: iam.Role, pipeline: PipelineStack) -> None:
    """`check`, `note`, `before`, `list` and `smoke`: no run is changed but the smoke run that they open."""
    data = pipeline.data
    policy = iam.ManagedPolicy(pipeline, "Releaser", description="labeler release ...", roles=[role])
    data.ledger.allow_actions(policy, "GetItem", "Query")
    data.raw.allow_objects(policy, ["s3:PutObject"], keys.SMOKE)
    data.runs.allow_listing(policy)
    data.runs.allow_objects(policy, ["s3:GetObject"], keys.RECEIPTS, keys.SUMMARY)
    data.runs.allow_objects(policy, ["s3:GetObject", "s3:PutObject"], keys.RELEASES)
    pipeline.manifest.allow_invocation(policy)


def grant_reach_registry(role: iam.Role, monitoring: MonitoringStack) -> None:
    """A session that forwards a port through the monitoring host: MLflow's server is inside, and stays there."""
    stack = Stack.of(monitoring)
    policy = iam.ManagedPolicy(monitoring, "RegistryTunnel", description="promotes a champion", roles=[role])
    allow(
        policy,
        ["ec2:DescribeInstances"],
        ["*"],
        why_any="the host has another id each week, and AWS takes no resource for looking it up",
    )
    allow(
        policy,
        ["ssm:StartSession"],
        [f"arn:{stack.partition}:ec2:{stack.region}:{stack.account}:instance/*"],
        why_any="the host has another id each week: its stack's tag names it",
        conditions={"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": stack.stack_name}},
    )
    allow(policy, ["ssm:StartSession"], [f"arn:{stack.partition}:ssm:{stack.region}::document/{FORWARD}"])
