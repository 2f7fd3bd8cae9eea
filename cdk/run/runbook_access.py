"""What the commands of docs/runbooks do in AWS beside `labeler`'s own calls: people on call have it with `Operator`.

tests/infra/test_runbooks.py compares it with the pages, both ways. Database, cluster and host are named, not referred to:
their names are fixed, and a stage without a platform has none of them.
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from cdk.access import allow
from cdk.cluster.cluster import cluster_name
from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.monitoring.sessions import forward_document, grant_sessions, shell_document
from cdk.run.function import function_logs
from cdk.run.resources import RunResources

STACKS = ("pipeline", "monitoring")
"""Whose outputs a terminal takes over."""


def grant_runbooks(
    policy: iam.ManagedPolicy, *, environment: Environment, data: DataResources, run: RunResources
) -> None:
    _allow_reading_stacks_and_logs(policy, environment)
    tick = run.tick.function.function_arn
    allow(policy, ["lambda:InvokeFunction", "lambda:GetFunctionConcurrency"], [tick])
    allow(policy, ["events:DescribeRule", "events:EnableRule"], [run.tick_rule.rule_arn])
    allow(policy, ["sqs:GetQueueAttributes"], [run.work.queue.queue_arn])
    allow(policy, ["sqs:PurgeQueue"], [data.completion.dead_letters.queue_arn])
    allow(policy, ["s3:ListBucket", "s3:ListBucketVersions"], [data.labels.bucket_arn])
    if environment.platform:
        _allow_reaching_platform(policy, environment)


def _allow_reading_stacks_and_logs(policy: iam.ManagedPolicy, environment: Environment) -> None:
    stack = Stack.of(policy)
    here = f"{stack.region}:{stack.account}"
    prefix = f"arn:{stack.partition}:cloudformation:{here}:stack/labeler-{environment.name}"
    stacks = [f"{prefix}-{part}/*" for part in STACKS]
    allow(policy, ["cloudformation:DescribeStacks"], stacks, why_any="CloudFormation puts an id behind a stack's name")
    groups = [
        f"arn:{stack.partition}:logs:{here}:log-group:{function_logs(environment, name)}:*"
        for name in ("manifest", "completion", "tick")
    ]
    allow(policy, ["logs:FilterLogEvents"], groups, why_any="an ARN of a log group ends in :*")


def _allow_reaching_platform(policy: iam.ManagedPolicy, environment: Environment) -> None:
    stack, stage = Stack.of(policy), environment.name
    here = f"{stack.region}:{stack.account}"
    database = f"arn:{stack.partition}:rds:{here}:db:labeler-{stage}-registry"
    allow(policy, ["rds:DescribeDBInstances"], [database])
    cluster = f"arn:{stack.partition}:eks:{here}:cluster/{cluster_name(environment)}"
    allow(policy, ["eks:DescribeCluster"], [cluster])
    allow(
        policy,
        ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
        ["*"],
        why_any="AWS takes no resource for describing groups of machines",
    )
    grant_sessions(
        policy,
        host_stack=f"labeler-{stage}-monitoring",
        documents=[shell_document(stack), forward_document(stack)],
    )
