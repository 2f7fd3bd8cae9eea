from typing import Any

from aws_cdk import CfnOutput, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from environments import Environment
from labeler.settings import (
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)
from parts import roles
from parts.access import allow
from parts.alarm_topic import AlarmTopic
from parts.cluster import cluster_name
from parts.datadog import extend
from parts.function import PipelineFunction
from parts.pods import pod_role
from parts.queues import QueueWithDeadLetters
from stacks.data import COMPLETION_TIMEOUT_S, DataStack

MANIFEST_MEMORY_MB = 3008
"""532 MB and 19 s of CPU for a million files (`make bench-manifest`): three million on one and a half cores."""
COMPLETION_MEMORY_MB = 1769
"""One core: a run's receipts are read and summed in it."""
COMPLETION_CONCURRENCY = 5
"""More would only meet at the run's counters, which one transaction at a time may change."""


class PipelineStack(Stack):
    """The run itself: work queue, functions, schedule, what each process may do, and whom its alarms call."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        data: DataStack,
        registry_uri: str,
        vpc: ec2.IVpc | None,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        self.environment_of, self.data, self.registry_uri = environment, data, registry_uri
        run = environment.run
        self.work = QueueWithDeadLetters(
            self,
            "Work",
            name=f"labeler-{environment.name}-work",
            visibility_timeout_s=run.visibility_timeout_s,
            max_receives=run.max_receives,
        )
        # here and not with the alarms: Airflow publishes to it, too, and its policy is below
        self.alarms = AlarmTopic(self, "Alarms", environment=environment)
        self.place = {
            "raw_bucket": data.raw.bucket_name,
            "labels_bucket": data.labels.bucket_name,
            "runs_bucket": data.runs.bucket_name,
        }
        self.manifest = self._add_manifest(vpc)
        self.completion, self.tick = self._add_completion()
        self.beat = self._add_beat()
        self.worker_settings = WorkerSettings(
            **self.place,
            work_queue_url=self.work.queue.queue_url,
            visibility_timeout_s=run.visibility_timeout_s,
            unit_timeout_s=run.unit_timeout_s,
            drain_timeout_s=run.drain_timeout_s,
        )
        self.worker_role = pod_role(self, "WorkerRole")
        roles.grant_worker(self.worker_role, data, self.work.queue)
        self._add_people()
        if environment.datadog:
            for function in (self.manifest, self.completion, self.tick):
                extend(function, datadog=environment.datadog, stage=environment.name)
        self._tell("WorkerEnvironment", self.worker_settings)

    def _add_manifest(self, vpc: ec2.IVpc | None) -> PipelineFunction:
        settings = ManifestSettings(
            **self.place,
            registry_uri=self.registry_uri,
            work_queue_url=self.work.queue.queue_url,
            ledger_table=self.data.ledger.table_name,
            unit_max_files=self.environment_of.run.unit_max_files,
            deadline_s=self.environment_of.run.deadline_s,
        )
        made = PipelineFunction(
            self,
            "Manifest",
            environment=self.environment_of,
            code="manifest",
            entry="handler",
            memory_mb=MANIFEST_MEMORY_MB,
            timeout_s=900,
            variables=settings.as_environment(),
            vpc=vpc,  # the registry is inside
        )
        roles.grant_manifest(made.role, self.data, self.work.queue)
        return made

    def _add_completion(self) -> tuple[PipelineFunction, PipelineFunction]:
        settings = CompletionSettings(
            **self.place,
            ledger_table=self.data.ledger.table_name,
            dead_letter_queue_url=self.work.dead_letters.queue_url,
            deadline_s=self.environment_of.run.deadline_s,
            max_workers=self.environment_of.run.max_workers,
            daily_run_due_at=self.environment_of.run.is_due_at,
            glue_database=self.data.catalog.database_name,
            glue_table=self.data.catalog.table_name,
        )
        shared: dict[str, Any] = {
            "environment": self.environment_of,
            "code": "completion",
            "memory_mb": COMPLETION_MEMORY_MB,
            "timeout_s": COMPLETION_TIMEOUT_S,
            "variables": settings.as_environment(),
        }
        completion = PipelineFunction(self, "Completion", entry="handler", **shared)
        roles.grant_completion(completion.role, self.data)
        lambda_.EventSourceMapping(
            self,
            "Receipts",
            target=completion.function,
            event_source_arn=self.data.completion.queue.queue_arn,
            batch_size=10,
            report_batch_item_failures=True,
            max_concurrency=COMPLETION_CONCURRENCY,
        )
        tick = PipelineFunction(self, "Tick", entry="tick", **shared)
        roles.grant_tick(tick.role, self.data, self.work.dead_letters)
        return completion, tick

    def _add_beat(self) -> events.Rule:
        """Always on: without an open run it is one query, and it finds redrives and late receipts at any hour."""
        rule = events.Rule(self, "EveryMinute", schedule=events.Schedule.rate(Duration.minutes(1)))
        rule.add_target(
            # the next one comes in a minute: a late tick is worth nothing
            targets.LambdaFunction(self.tick.function, retry_attempts=0, max_event_age=Duration.minutes(1))
        )
        return rule

    def _add_people(self) -> None:
        """Policies for who calls from outside: Airflow's role, and the people on call."""
        orchestrator = iam.ManagedPolicy(self, "Orchestrator", description="opens a run and waits for its summary")
        roles.grant_orchestrator(orchestrator, self.data, self.alarms)
        if self.environment_of.platform:
            # its pods: what else it may do in the cluster, the cluster says (parts/jobs.py)
            name = cluster_name(self.environment_of)
            arn = f"arn:{self.partition}:eks:{self.region}:{self.account}:cluster/{name}"
            allow(orchestrator, ["eks:DescribeCluster"], [arn])
        self.manifest.allow_invocation(orchestrator)
        # Airflow's variable: docs/airflow.md
        CfnOutput(self, "AlarmTopicArn", value=self.alarms.topic.topic_arn)
        operator = iam.ManagedPolicy(self, "Operator", description="labeler run ...")
        roles.grant_operator(operator, self.data, self.work.queue, self.work.dead_letters)
        self.manifest.allow_invocation(operator)
        settings = OperatorSettings(
            **self.place,
            work_queue_url=self.work.queue.queue_url,
            dead_letter_queue_url=self.work.dead_letters.queue_url,
            ledger_table=self.data.ledger.table_name,
            manifest_function=self.manifest.function.function_name,
            deadline_s=self.environment_of.run.deadline_s,
            registry_uri=self.registry_uri,
        )
        monitoring = MonitoringSettings(**self.place, monitoring_bucket=self.data.monitoring.bucket_name)
        # no setting of a process: what the runbooks' commands name
        named = {
            "TICK_FUNCTION": self.tick.function.function_name,
            "TICK_RULE": self.beat.rule_name,
            "COMPLETION_DEAD_LETTER_QUEUE_URL": self.data.completion.dead_letters.queue_url,
        }
        self._tell("OperatorEnvironment", settings, monitoring, **named)

    def _tell(self, name: str, *settings: ProcessSettings, **more: str) -> None:
        """The variables as JSON: what a person's terminal, or a worker outside the cluster, needs."""
        variables = {name: value for each in settings for name, value in each.as_environment().items()}
        CfnOutput(self, name, value=self.to_json_string({**variables, **more}))
