from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

import alarms
from environments import Environment
from labeler.errors import ChampionMissingError
from labeler.telemetry import NAMESPACE
from parts.alarm import add_alarm
from parts.dashboard import RunDashboard
from parts.datadog import DatadogMonitors
from parts.on_call import grant_follow_runbooks
from stacks.monitoring import MonitoringStack
from stacks.pipeline import PipelineStack
from stacks.registry import RegistryStack


class ObservabilityStack(Stack):
    """What rings, and the page that people then look at."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        pipeline: PipelineStack,
        registry: RegistryStack | None = None,
        monitoring: MonitoringStack | None = None,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._count_missing_champions(pipeline)
        found = [*_alarms_of_run(environment, pipeline), *_alarms_of_platform(registry, monitoring)]
        self.dashboard = RunDashboard(
            self,
            "Run",
            stage=environment.name,
            slack_margin_s=environment.run.slack_margin_s,
            work_queue=pipeline.work.queue.queue_name,
            dead_letters=pipeline.work.dead_letters.queue_name,
            alarms=[add_alarm(self, alarm, stage=environment.name, topic=pipeline.alarms.topic) for alarm in found],
        )
        on_call = iam.ManagedPolicy(self, "OnCall", description="the commands of docs/runbooks")
        grant_follow_runbooks(on_call, environment, pipeline)
        if environment.datadog:
            run = alarms.of_run(slack_margin_s=environment.run.slack_margin_s)
            DatadogMonitors(self, "Datadog", stage=environment.name, alarms=run)

    def _count_missing_champions(self, pipeline: PipelineStack) -> None:
        """The manifest dies of it before it could emit anything; Lambda logs the error's name."""
        logs.MetricFilter(
            self,
            "ChampionMissingFilter",
            log_group=pipeline.manifest.log_group,
            filter_pattern=logs.FilterPattern.any_term(ChampionMissingError.__name__),
            metric_namespace=NAMESPACE,
            metric_name=alarms.CHAMPION_MISSING,
            metric_value="1",
        )


def _alarms_of_run(environment: Environment, pipeline: PipelineStack) -> list[alarms.Alarm]:
    work, completion = pipeline.work, pipeline.data.completion
    functions = {
        "manifest-errors": (
            pipeline.manifest,
            "The manifest failed: the run may not be open. Calling it again is safe.",
        ),
        "completion-errors": (pipeline.completion, "Completion failed on a batch; SQS brings it back."),
        "tick-errors": (pipeline.tick, "A tick failed in part: forecasts or publication may stand still."),
    }
    return [
        *alarms.of_run(slack_margin_s=environment.run.slack_margin_s),
        *alarms.of_queues(
            work=work.queue.queue_name,
            dead_letters=work.dead_letters.queue_name,
            completion_dead_letters=completion.dead_letters.queue_name,
            deadline_s=environment.run.deadline_s,
        ),
        *(alarms.of_function(name, made.function.function_name, says) for name, (made, says) in functions.items()),
        alarms.of_silence(pipeline.tick.function.function_name),
    ]


def _alarms_of_platform(registry: RegistryStack | None, monitoring: MonitoringStack | None) -> tuple[alarms.Alarm, ...]:
    if registry is None or monitoring is None:
        return ()
    return alarms.of_platform(
        balancer=registry.door.balancer.load_balancer_full_name,
        targets=registry.door.targets.target_group_full_name,
        database=registry.database.instance.instance_identifier,
    )
