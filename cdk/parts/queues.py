"""A queue with its dead letters, and what makes S3 speak to one."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from labeler.layout import RECEIPTS_SUFFIX, RUNS
from parts.access import allow

KEEP_DEAD_LETTERS = Duration.days(14)


class QueueWithDeadLetters(Construct):
    """`queue`, and `dead_letters` that only it may fill.

    The queues have names: the dead letters' allow policy says which queue may fill them, and the queue's redrive policy
    says where they go. With generated names each would wait for the other.
    """

    def __init__(
        self, scope: Construct, construct_id: str, *, name: str, visibility_timeout_s: int, max_receives: int
    ) -> None:
        super().__init__(scope, construct_id)
        stack = Stack.of(self)
        source = f"arn:{stack.partition}:sqs:{stack.region}:{stack.account}:{name}"
        self.dead_letters = sqs.Queue(
            self,
            "DeadLetters",
            queue_name=f"{name}-dead-letters",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=KEEP_DEAD_LETTERS,
        )
        child: Any = self.dead_letters.node.default_child
        child.redrive_allow_policy = {"redrivePermission": "byQueue", "sourceQueueArns": [source]}
        self.queue = sqs.Queue(
            self,
            "Queue",
            queue_name=name,
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            visibility_timeout=Duration.seconds(visibility_timeout_s),
            # a dead letter keeps its first time stamp: the dead letters must live longer than the queue
            retention_period=Duration.days(4),
            dead_letter_queue=sqs.DeadLetterQueue(queue=self.dead_letters, max_receive_count=max_receives),
        )


def allow_queue(role: iam.Role | iam.ManagedPolicy, actions: Sequence[str], *queues: sqs.IQueue) -> None:
    allow(role, [f"sqs:{action}" for action in actions], [queue.queue_arn for queue in queues])


def announce_receipts(bucket: s3.Bucket, queue: sqs.Queue) -> None:
    """A message for each receipt, in CloudFormation's own words: CDK's notifications are a function of its own.

    S3 filters by prefix and suffix only; the function leaves what is no receipt. S3 asks the queue when the bucket is
    made, so the queue's policy can't name the bucket, only how its name begins.
    """
    stack = Stack.of(bucket)
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
    made: Any = bucket.node.default_child
    made.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
        queue_configurations=[
            s3.CfnBucket.QueueConfigurationProperty(
                event="s3:ObjectCreated:*",
                queue=queue.queue_arn,
                filter=s3.CfnBucket.NotificationFilterProperty(
                    s3_key=s3.CfnBucket.S3KeyFilterProperty(
                        rules=[
                            s3.CfnBucket.FilterRuleProperty(name="prefix", value=f"{RUNS}/"),
                            s3.CfnBucket.FilterRuleProperty(name="suffix", value=RECEIPTS_SUFFIX),
                        ]
                    )
                ),
            )
        ]
    )
    policy = queue.node.try_find_child("Policy")
    if policy:
        bucket.node.add_dependency(policy)
