from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from cdk.cluster.pods import pod_role
from cdk.data.queues import QueueWithDeadLetters
from cdk.data.resources import DataResources
from cdk.environment import Environment
from cdk.monitoring.alarm_topic import AlarmTopic
from cdk.monitoring.datadog_extension import add_datadog_extension
from cdk.run.functions import add_completion, add_manifest, add_tick, add_tick_rule
from cdk.run.people import add_operator, add_orchestrator
from cdk.run.resources import RunResources
from cdk.run.roles import grant_worker
from cdk.run.settings import output_variables, worker_settings


class PipelineStack(Stack):
    """The run itself: work queue, functions, schedule, what each process may do, and whom its alarms call."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        data: DataResources,
        registry_uri: str,
        vpc: ec2.IVpc | None,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self.resources = self._resources(environment, data, registry_uri, vpc)
        add_orchestrator(self, environment=environment, data=data, run=self.resources)
        add_operator(self, environment=environment, data=data, run=self.resources, registry_uri=registry_uri)
        self._add_datadog(environment)
        output_variables(self, "WorkerEnvironment", self.resources.worker_settings)

    def _resources(
        self, environment: Environment, data: DataResources, registry_uri: str, vpc: ec2.IVpc | None
    ) -> RunResources:
        work = self._work_queue(environment)
        # here and not with the alarms: Airflow publishes to it, too, and its policy is in this stack
        alarms = AlarmTopic(self, "Alarms", environment=environment)
        shared: dict[str, Any] = {"environment": environment, "data": data, "work": work}
        manifest = add_manifest(self, registry_uri=registry_uri, vpc=vpc, **shared)
        completion, tick = add_completion(self, **shared), add_tick(self, **shared)
        tick_rule, worker_role = add_tick_rule(self, tick), pod_role(self, "WorkerRole")
        grant_worker(worker_role, data, work.queue)
        return RunResources(
            work=work,
            alarms=alarms,
            manifest=manifest,
            completion=completion,
            tick=tick,
            tick_rule=tick_rule,
            worker_role=worker_role,
            worker_settings=worker_settings(environment.run, data=data, work=work),
        )

    def _work_queue(self, environment: Environment) -> QueueWithDeadLetters:
        return QueueWithDeadLetters(
            self,
            "Work",
            name=f"labeler-{environment.name}-work",
            visibility_timeout_s=environment.run.visibility_timeout_s,
            max_receives=environment.run.max_receives,
        )

    def _add_datadog(self, environment: Environment) -> None:
        if environment.datadog is None:
            return
        for each in (self.resources.manifest, self.resources.completion, self.resources.tick):
            add_datadog_extension(each.function, each.role, datadog=environment.datadog, stage=environment.name)
