"""What the commands of docs/runbooks ask of AWS beside `labeler`'s own calls: people on call have it with `Operator`.

tests/infra/test_runbooks.py holds it against the pages, both ways. Database, cluster and host are named, not referred to:
their names are fixed, and a stage without a platform has none of them.
"""

from aws_cdk import Stack
from aws_cdk import aws_iam as iam

from environments import Environment
from parts.access import allow
from parts.function import function_logs
from stacks.pipeline import PipelineStack

SESSION, FORWARD = "SSM-SessionManagerRunShell", "AWS-StartPortForwardingSessionToRemoteHost"
STACKS = ("pipeline", "monitoring")
"""Whose outputs a terminal takes over."""


def grant_follow_runbooks(policy: iam.ManagedPolicy, environment: Environment, pipeline: PipelineStack) -> None:
    stack, data, stage = Stack.of(policy), pipeline.data, environment.name
    here = f"{stack.region}:{stack.account}"
    stacks = [f"arn:{stack.partition}:cloudformation:{here}:stack/labeler-{stage}-{part}/*" for part in STACKS]
    allow(policy, ["cloudformation:DescribeStacks"], stacks, why_any="CloudFormation puts an id behind a stack's name")
    groups = [
        f"arn:{stack.partition}:logs:{here}:log-group:{function_logs(environment, name)}:*"
        for name in ("manifest", "completion", "tick")
    ]
    allow(policy, ["logs:FilterLogEvents"], groups, why_any="an ARN of a log group ends in :*")
    tick = pipeline.tick.function.function_arn
    allow(policy, ["lambda:InvokeFunction", "lambda:GetFunctionConcurrency"], [tick])
    allow(policy, ["events:DescribeRule", "events:EnableRule"], [pipeline.beat.rule_arn])
    allow(policy, ["sqs:GetQueueAttributes"], [pipeline.work.queue.queue_arn])
    allow(policy, ["sqs:PurgeQueue"], [data.completion.dead_letters.queue_arn])
    allow(policy, ["s3:ListBucket", "s3:ListBucketVersions"], [data.labels.bucket_arn])
    if environment.platform:
        _let_reach_platform(policy, stage)


def _let_reach_platform(policy: iam.ManagedPolicy, stage: str) -> None:
    stack = Stack.of(policy)
    here = f"{stack.region}:{stack.account}"
    database = f"arn:{stack.partition}:rds:{here}:db:labeler-{stage}-registry"
    allow(policy, ["rds:DescribeDBInstances"], [database])
    allow(policy, ["eks:DescribeCluster"], [f"arn:{stack.partition}:eks:{here}:cluster/labeler-{stage}"])
    allow(
        policy,
        ["autoscaling:DescribeAutoScalingGroups", "autoscaling:DescribeScalingActivities"],
        ["*"],
        why_any="AWS takes no resource for looking at groups of machines",
    )
    allow(
        policy,
        ["ssm:StartSession"],
        [f"arn:{stack.partition}:ec2:{here}:instance/*"],
        why_any="the host has another id each week: its stack's tag names it",
        conditions={"StringEquals": {"aws:ResourceTag/aws:cloudformation:stack-name": f"labeler-{stage}-monitoring"}},
    )
    shell = f"arn:{stack.partition}:ssm:{here}:document/{SESSION}"
    allow(policy, ["ssm:StartSession"], [shell, f"arn:{stack.partition}:ssm:{stack.region}::document/{FORWARD}"])
