"""The variables of the run's processes, from their settings models: a renamed field fails at synth."""

from pathlib import Path

from aws_cdk import CfnOutput, Stack

from cdk.data.queues import QueueWithDeadLetters
from cdk.data.resources import DataResources
from cdk.environment import Run
from labeler.settings import (
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)


def manifest_settings(
    run: Run, *, data: DataResources, work: QueueWithDeadLetters, registry_uri: str
) -> ManifestSettings:
    return ManifestSettings(
        **data.run_buckets,
        registry_uri=registry_uri,
        work_queue_url=work.queue.queue_url,
        ledger_table=data.ledger.table_name,
        unit_max_files=run.unit_max_files,
        deadline_s=run.deadline_s,
    )


def completion_settings(run: Run, *, data: DataResources, work: QueueWithDeadLetters) -> CompletionSettings:
    """Of completion and of its tick."""
    return CompletionSettings(
        **data.run_buckets,
        ledger_table=data.ledger.table_name,
        dead_letter_queue_url=work.dead_letters.queue_url,
        deadline_s=run.deadline_s,
        max_workers=run.max_workers,
        daily_run_due_at=run.is_due_at,
        glue_database=data.catalog.database_name,
        glue_table=data.catalog.table_name,
    )


def worker_settings(run: Run, *, data: DataResources, work: QueueWithDeadLetters) -> WorkerSettings:
    return WorkerSettings(
        **data.run_buckets,
        work_queue_url=work.queue.queue_url,
        visibility_timeout_s=run.visibility_timeout_s,
        unit_timeout_s=run.unit_timeout_s,
        drain_timeout_s=run.drain_timeout_s,
    )


def operator_settings(
    run: Run, *, data: DataResources, work: QueueWithDeadLetters, manifest_function: str, registry_uri: str
) -> OperatorSettings:
    return OperatorSettings(
        **data.run_buckets,
        work_queue_url=work.queue.queue_url,
        dead_letter_queue_url=work.dead_letters.queue_url,
        ledger_table=data.ledger.table_name,
        manifest_function=manifest_function,
        deadline_s=run.deadline_s,
        registry_uri=registry_uri,
    )


def monitoring_settings(data: DataResources, *, thresholds_file: Path | None = None) -> MonitoringSettings:
    """`thresholds_file`: None leaves it to the settings' default."""
    bucket = data.monitoring.bucket_name
    if thresholds_file is None:
        return MonitoringSettings(**data.run_buckets, monitoring_bucket=bucket)
    return MonitoringSettings(**data.run_buckets, monitoring_bucket=bucket, thresholds_file=thresholds_file)


def output_variables(stack: Stack, name: str, *settings: ProcessSettings, **others: str) -> None:
    """As JSON: what a person's terminal, or a worker outside the cluster, needs."""
    variables = {name: value for each in settings for name, value in each.as_environment().items()}
    CfnOutput(stack, name, value=stack.to_json_string({**variables, **others}))
