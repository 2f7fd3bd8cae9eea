"""A message for each receipt, in CloudFormation's own words: CDK's notifications are a function of its own.

S3 filters by prefix and suffix only; the completion function leaves what is no receipt.
"""

from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs

from labeler.layout import RECEIPTS_SUFFIX, RUNS


def notify_of_receipts(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """S3 checks that it may send to the queue when the bucket is made, so the policy comes first."""
    _allow_s3_to_send(Stack.of(bucket), queue)
    resource: Any = bucket.node.default_child
    resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(event="s3:ObjectCreated:*", queue=queue.queue_arn, filter=_filter())
        ]
    )
    policy = queue.node.try_find_child("Policy")
    if policy:
        bucket.node.add_dependency(policy)


def _allow_s3_to_send(stack: Stack, queue: sqs.Queue) -> None:
    """The queue's policy can't name the bucket, which is made after it, only how its name begins."""
    queue.add_to_resource_policy(
        iam.PolicyStatement(
            principals=[iam.ServicePrincipal("s3.amazonaws.com")],
            actions=["sqs:SendMessage"],
            resources=[queue.queue_arn],
            conditions={
                "StringEquals": {"aws:SourceAccount": stack.account},
                "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:s3:::{stack.stack_name.lower()}-*"},
            },
        )
    )


def _filter() -> s3.CfnBucket.NotificationFilterProperty:
    rules = {"prefix": f"{RUNS}/", "suffix": RECEIPTS_SUFFIX}
    return s3.CfnBucket.NotificationFilterProperty(
        s3_key=s3.CfnBucket.S3KeyFilterProperty(
            rules=[s3.CfnBucket.FilterRuleProperty(name=name, value=value) for name, value in rules.items()]
        )
    )
