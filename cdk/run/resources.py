"""What the pipeline stack offers to the other stacks."""

from dataclasses import dataclass

from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam

from cdk.data.queues import QueueWithDeadLetters
from cdk.monitoring.alarm_topic import AlarmTopic
from cdk.run.function import PipelineFunction
from labeler.settings import WorkerSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResources:
    work: QueueWithDeadLetters
    alarms: AlarmTopic
    manifest: PipelineFunction
    completion: PipelineFunction
    tick: PipelineFunction
    tick_rule: events.Rule
    worker_role: iam.Role
    worker_settings: WorkerSettings
