"""A queue with its dead letters."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration, Stack
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from cdk.access import Grantee, allow

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


def allow_queue(grantee: Grantee, actions: Sequence[str], *queues: sqs.IQueue) -> None:
    allow(grantee, [f"sqs:{action}" for action in actions], [queue.queue_arn for queue in queues])
