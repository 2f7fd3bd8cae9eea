"""Buckets, queues, table, events and catalog of a stack, made with boto3 as the CDK app makes them."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from labeler.aws import Aws
from labeler.layout import LABELS, PARTITION_KEYS, RECEIPTS_SUFFIX, RUNS, label_columns
from labeler.settings import (
    PREFIX,
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)
from labeler_local.emulator.functions import COMPLETION, DEFINITIONS, MANIFEST, TICK
from labeler_local.emulator.pipeline import EventSource, Pipeline, Queue, Resources, Rule

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import QueueConfigurationTypeDef

PARTITION_TYPES = ("date", "string")
KINDS: tuple[type[ProcessSettings], ...] = (
    ManifestSettings,
    WorkerSettings,
    CompletionSettings,
    OperatorSettings,
    MonitoringSettings,
)


def create_resources(
    aws: Aws,
    *,
    visibility_timeout_s: int,
    max_receives: int,
    completion_visibility_timeout_s: int,
    completion_max_receives: int,
    identity_columns: tuple[str, ...],
) -> Resources:
    dead_letters = _queue(aws, "labeler-dead-letters")
    completion_dead_letters = _queue(aws, "labeler-completion-dead-letters")
    made = Resources(
        raw_bucket=_bucket(aws, "labeler-raw"),
        labels_bucket=_bucket(aws, "labeler-labels"),
        runs_bucket=_bucket(aws, "labeler-runs"),
        monitoring_bucket=_bucket(aws, "labeler-monitoring"),
        registry_bucket=_bucket(aws, "labeler-registry"),
        work_queue=_queue(aws, "labeler-work", visibility_timeout_s, dead_letters, max_receives),
        dead_letter_queue=dead_letters,
        completion_queue=_queue(
            aws,
            "labeler-completion",
            completion_visibility_timeout_s,
            completion_dead_letters,
            completion_max_receives,
        ),
        completion_dead_letter_queue=completion_dead_letters,
        ledger_table=_table(aws, "labeler-ledger"),
        glue_database="labeler",
        glue_table="labels",
    )
    _notify(aws, made.runs_bucket, made.completion_queue)
    _catalog(aws, made, identity_columns)
    return made


def pipeline_of(made: Resources, fields: Mapping[str, Any], *, region: str, account: str) -> Pipeline:
    """The pipeline on these resources. `fields`: of the processes' settings, by name, where they are not the defaults.

    Raises SettingsError for a value that its field does not take.
    """
    values = {**_fields_of(made), "manifest_function": MANIFEST, **fields}
    environ = {PREFIX + name.upper(): str(value) for name, value in values.items() if value is not None}
    variables = {kind: kind.from_environment(environ).as_environment() for kind in KINDS}
    return Pipeline(
        resources=made,
        functions=DEFINITIONS,
        completion=EventSource(made.completion_queue, COMPLETION),
        tick=Rule(f"arn:aws:events:{region}:{account}:rule/{TICK}", TICK),
        variables=variables,
    )


def _fields_of(made: Resources) -> dict[str, str]:
    """Fields of the processes' settings that name a resource."""
    return {
        "raw_bucket": made.raw_bucket,
        "labels_bucket": made.labels_bucket,
        "runs_bucket": made.runs_bucket,
        "monitoring_bucket": made.monitoring_bucket,
        "work_queue_url": made.work_queue.url,
        "dead_letter_queue_url": made.dead_letter_queue.url,
        "ledger_table": made.ledger_table,
        "glue_database": made.glue_database,
        "glue_table": made.glue_table,
    }


def _bucket(aws: Aws, name: str) -> str:
    region = aws.s3.meta.region_name
    aws.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
    return name


def _queue(
    aws: Aws,
    name: str,
    visibility_timeout_s: int = 30,
    dead_letters: Queue | None = None,
    max_receives: int = 0,
) -> Queue:
    attributes = {"VisibilityTimeout": str(visibility_timeout_s)}
    if dead_letters is not None:
        policy = {"deadLetterTargetArn": dead_letters.arn, "maxReceiveCount": max_receives}
        attributes["RedrivePolicy"] = json.dumps(policy)
    url = aws.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]  # type: ignore[arg-type]
    account = url.split("/")[-2]
    return Queue(name=name, url=url, arn=f"arn:aws:sqs:{aws.sqs.meta.region_name}:{account}:{name}")


def _table(aws: Aws, name: str) -> str:
    aws.dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
    )
    aws.dynamodb.update_time_to_live(
        TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"}
    )
    return name


def _notify(aws: Aws, bucket: str, queue: Queue) -> None:
    """S3 filters by prefix and suffix only: the function also sees what is no receipt, and leaves it."""
    receipts: QueueConfigurationTypeDef = {
        "Id": "receipts",
        "QueueArn": queue.arn,
        "Events": ["s3:ObjectCreated:*"],
        "Filter": {
            "Key": {
                "FilterRules": [
                    {"Name": "prefix", "Value": f"{RUNS}/"},
                    {"Name": "suffix", "Value": RECEIPTS_SUFFIX},
                ]
            }
        },
    }
    aws.s3.put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": [receipts]}
    )


def _catalog(aws: Aws, made: Resources, identity_columns: tuple[str, ...]) -> None:
    aws.glue.create_database(DatabaseInput={"Name": made.glue_database})
    aws.glue.create_table(
        DatabaseName=made.glue_database,
        TableInput={
            "Name": made.glue_table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "PartitionKeys": [
                {"Name": name, "Type": kind} for name, kind in zip(PARTITION_KEYS, PARTITION_TYPES, strict=True)
            ],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": kind} for name, kind in label_columns(identity_columns).items()],
                "Location": f"s3://{made.labels_bucket}/{LABELS}/",
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
            },
        },
    )
