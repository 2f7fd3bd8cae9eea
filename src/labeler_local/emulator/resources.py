"""Buckets, queues, table, events and catalog of a stack, resources with boto3 as the CDK app creates them."""

import json
from typing import TYPE_CHECKING

from labeler.aws import Aws
from labeler.layout import LABELS, PARTITION_KEYS, RECEIPTS_SUFFIX, RUNS, label_columns
from labeler_local.emulator.pipeline import Queue, Resources

if TYPE_CHECKING:
    from mypy_boto3_s3.type_defs import QueueConfigurationTypeDef

PARTITION_TYPES = ("date", "string")


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
    resources = Resources(
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
    _notify(aws, resources.runs_bucket, resources.completion_queue)
    _catalog(aws, resources, identity_columns)
    return resources


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
    """S3 filters by prefix and suffix only: the function also gets what is no receipt, and ignores it."""
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


def _catalog(aws: Aws, resources: Resources, identity_columns: tuple[str, ...]) -> None:
    aws.glue.create_database(DatabaseInput={"Name": resources.glue_database})
    aws.glue.create_table(
        DatabaseName=resources.glue_database,
        TableInput={
            "Name": resources.glue_table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "PartitionKeys": [
                {"Name": name, "Type": type_} for name, type_ in zip(PARTITION_KEYS, PARTITION_TYPES, strict=True)
            ],
            "StorageDescriptor": {
                "Columns": [{"Name": name, "Type": type_} for name, type_ in label_columns(identity_columns).items()],
                "Location": f"s3://{resources.labels_bucket}/{LABELS}/",
                "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
            },
        },
    )
