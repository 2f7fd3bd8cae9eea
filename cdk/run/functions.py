"""The functions of the run: the manifest, completion, and completion's tick."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from cdk.data.queues import QueueWithDeadLetters
from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.run.function import PipelineFunction
from cdk.run.roles import grant_completion, grant_manifest, grant_tick
from cdk.run.settings import completion_settings, manifest_settings

MANIFEST_MEMORY_MB = 3008
"""532 MB and 19 s of CPU for a million files (`make bench-manifest`): three million on one and a half cores."""
COMPLETION_MEMORY_MB = 1769
"""One core: a run's receipts are read and summed in it."""
COMPLETION_TIMEOUT_S = 120
COMPLETION_CONCURRENCY = 5
"""More would only meet at the run's counters, which one transaction at a time may change."""


def add_manifest(
    scope: Construct,
    *,
    environment: Environment,
    data: DataResources,
    work: QueueWithDeadLetters,
    registry_uri: str,
    vpc: ec2.IVpc | None,
) -> PipelineFunction:
    settings = manifest_settings(environment.run, data=data, work=work, registry_uri=registry_uri)
    manifest = PipelineFunction(
        scope,
        "Manifest",
        environment=environment,
        code="manifest",
        entry="handler",
        memory_mb=MANIFEST_MEMORY_MB,
        timeout_s=900,
        variables=settings.as_environment(),
        vpc=vpc,  # the registry is inside
    )
    grant_manifest(manifest.role, data, work.queue)
    return manifest


def add_completion(
    scope: Construct, *, environment: Environment, data: DataResources, work: QueueWithDeadLetters
) -> PipelineFunction:
    options = _completion_options(environment, data, work)
    completion = PipelineFunction(scope, "Completion", entry="handler", **options)
    grant_completion(completion.role, data)
    lambda_.EventSourceMapping(
        scope,
        "Receipts",
        target=completion.function,
        event_source_arn=data.completion.queue.queue_arn,
        batch_size=10,
        report_batch_item_failures=True,
        max_concurrency=COMPLETION_CONCURRENCY,
    )
    return completion


def add_tick(
    scope: Construct, *, environment: Environment, data: DataResources, work: QueueWithDeadLetters
) -> PipelineFunction:
    tick = PipelineFunction(scope, "Tick", entry="tick", **_completion_options(environment, data, work))
    grant_tick(tick.role, data, work.dead_letters)
    return tick


def add_tick_rule(scope: Construct, tick: PipelineFunction) -> events.Rule:
    """Always on: without an open run it is one query, and it finds redrives and late receipts at any hour."""
    rule = events.Rule(scope, "EveryMinute", schedule=events.Schedule.rate(Duration.minutes(1)))
    rule.add_target(
        # the next one comes in a minute: a late tick is worth nothing
        targets.LambdaFunction(tick.function, retry_attempts=0, max_event_age=Duration.minutes(1))
    )
    return rule


def _completion_options(environment: Environment, data: DataResources, work: QueueWithDeadLetters) -> dict[str, Any]:
    return {
        "environment": environment,
        "code": "completion",
        "memory_mb": COMPLETION_MEMORY_MB,
        "timeout_s": COMPLETION_TIMEOUT_S,
        "variables": completion_settings(environment.run, data=data, work=work).as_environment(),
    }
