from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.monitoring.alarms.alarm import Alarm
from cdk.monitoring.alarms.functions import function_alarms
from cdk.monitoring.alarms.platform import platform_alarms
from cdk.monitoring.alarms.queues import queue_alarms
from cdk.monitoring.alarms.run import CHAMPION_MISSING, run_alarms
from cdk.monitoring.cloudwatch_alarm import add_alarm
from cdk.monitoring.dashboard import RunDashboard
from cdk.monitoring.datadog_monitors import DatadogMonitors
from cdk.registry.resources import RegistryResources
from cdk.run.resources import RunResources
from cdk.run.runbook_access import grant_runbooks
from labeler.errors import ChampionMissingError
from labeler.telemetry import NAMESPACE


class ObservabilityStack(Stack):
    """Alarms, the page that people then read, and what they may do. Without a registry there is no monitoring host."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        data: DataResources,
        run: RunResources,
        registry: RegistryResources | None = None,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self._count_missing_champions(run)
        self._add_dashboard(environment, run, [*_alarms_of_run(environment, data, run), *_alarms_of_platform(registry)])
        on_call = iam.ManagedPolicy(self, "OnCall", description="the commands of docs/runbooks")
        grant_runbooks(on_call, environment=environment, data=data, run=run)
        if environment.datadog:
            monitored = run_alarms(slack_margin_s=environment.run.slack_margin_s)
            DatadogMonitors(self, "Datadog", stage=environment.name, alarms=monitored)

    def _count_missing_champions(self, run: RunResources) -> None:
        """The manifest dies of it before it could emit anything; Lambda logs the error's name."""
        logs.MetricFilter(
            self,
            "ChampionMissingFilter",
            log_group=run.manifest.log_group,
            filter_pattern=logs.FilterPattern.any_term(ChampionMissingError.__name__),
            metric_namespace=NAMESPACE,
            metric_name=CHAMPION_MISSING,
            metric_value="1",
        )

    def _add_dashboard(self, environment: Environment, run: RunResources, alarms: list[Alarm]) -> None:
        RunDashboard(
            self,
            "Run",
            stage=environment.name,
            slack_margin_s=environment.run.slack_margin_s,
            work_queue=run.work.queue.queue_name,
            dead_letters=run.work.dead_letters.queue_name,
            alarms=[add_alarm(self, alarm, stage=environment.name, topic=run.alarms.topic) for alarm in alarms],
        )


def _alarms_of_run(environment: Environment, data: DataResources, run: RunResources) -> list[Alarm]:
    return [
        *run_alarms(slack_margin_s=environment.run.slack_margin_s),
        *queue_alarms(
            work=run.work.queue.queue_name,
            dead_letters=run.work.dead_letters.queue_name,
            completion_dead_letters=data.completion.dead_letters.queue_name,
            deadline_s=environment.run.deadline_s,
        ),
        *function_alarms(
            manifest=run.manifest.function.function_name,
            completion=run.completion.function.function_name,
            tick=run.tick.function.function_name,
        ),
    ]


def _alarms_of_platform(registry: RegistryResources | None) -> tuple[Alarm, ...]:
    if registry is None:
        return ()
    return platform_alarms(
        balancer=registry.endpoint.balancer.load_balancer_full_name,
        targets=registry.endpoint.targets.target_group_full_name,
        database=registry.database.instance.instance_identifier,
    )
