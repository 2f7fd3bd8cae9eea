"""What holds a run: it is private, nothing of it is lost with a stack, and receipts are announced."""

from typing import Any

import pytest

from cdk.environments import ENVIRONMENTS
from labeler import layout
from labeler.settings import DEFAULT_TASK, ManifestSettings
from labeler.task import load_task
from labeler_local.emulator.resources import PARTITION_TYPES
from tests.infra.templates import STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

BUCKETS = {"Raw", "Labels", "Runs", "Monitoring", "Experiments", "Artifacts", "AccessLogs"}


def bucket(template: Any, name: str) -> dict[str, Any]:
    properties: dict[str, Any] = template.one("AWS::S3::Bucket", name)
    return properties


def test_stage_has_exactly_the_buckets_of_a_run(stacks: Any, stage: str) -> None:
    buckets = stacks(stage, "data").of_type("AWS::S3::Bucket")
    assert {name for name in BUCKETS if any(logical.startswith(name) for logical in buckets)} == BUCKETS
    assert len(buckets) == len(BUCKETS)


def test_every_bucket_is_private(stacks: Any, stage: str) -> None:
    for name, properties in stacks(stage, "data").of_type("AWS::S3::Bucket").items():
        assert properties["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }, name


@pytest.mark.parametrize("name", sorted(BUCKETS - {"AccessLogs"}))
def test_bucket_is_encrypted_with_a_bucket_key(stacks: Any, stage: str, name: str) -> None:
    (rule,) = bucket(stacks(stage, "data"), name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True


@pytest.mark.parametrize("name", sorted(BUCKETS))
def test_bucket_denies_access_without_tls(stacks: Any, stage: str, name: str) -> None:
    policies = stacks(stage, "data").of_type("AWS::S3::BucketPolicy").values()
    (policy,) = (p for p in policies if text(p["Bucket"]).startswith(f"<{name}"))
    denied = [s["Condition"] for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied


@pytest.mark.parametrize("name", sorted(BUCKETS - {"AccessLogs"}))
def test_overwritten_and_deleted_objects_are_kept_for_at_least_a_week(stacks: Any, stage: str, name: str) -> None:
    properties = bucket(stacks(stage, "data"), name)
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    days = [
        r["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for r in properties["LifecycleConfiguration"]["Rules"]
        if "NoncurrentVersionExpiration" in r
    ]
    assert days
    assert min(days) >= 7


def test_models_reference_data_and_labels_never_expire(stacks: Any, stage: str) -> None:
    template = stacks(stage, "data")
    expiring = {
        name: {
            rule.get("Prefix", "")
            for rule in bucket(template, name)["LifecycleConfiguration"]["Rules"]
            if "ExpirationInDays" in rule
        }
        for name in ("Labels", "Runs", "Artifacts")
    }
    assert expiring == {"Labels": set(), "Runs": {"runs/", "seen/"}, "Artifacts": set()}


def test_fingerprints_outlive_the_look_back_window(stacks: Any, stage: str) -> None:
    longest = next(rule.le for rule in ManifestSettings.model_fields["lookback_days"].metadata if hasattr(rule, "le"))
    (seen,) = (
        r
        for r in bucket(stacks(stage, "data"), "Runs")["LifecycleConfiguration"]["Rules"]
        if r.get("Prefix") == "seen/"
    )
    assert seen["ExpirationInDays"] > 2 * longest


def test_runs_bucket_notifies_the_completion_queue_of_receipts(stacks: Any, stage: str) -> None:
    template = stacks(stage, "data")
    (notification,) = bucket(template, "Runs")["NotificationConfiguration"]["QueueConfigurations"]
    filters = {rule["Name"]: rule["Value"] for rule in notification["Filter"]["S3Key"]["Rules"]}
    receipt = layout.receipt_key("daily-2026-11-23", 1)
    assert notification["Event"] == "s3:ObjectCreated:*"
    assert text(notification["Queue"]).startswith("<CompletionQueue")
    assert receipt.startswith(filters["prefix"])
    assert receipt.endswith(filters["suffix"])


def test_only_s3_of_this_account_may_send_to_the_completion_queue(stacks: Any, stage: str) -> None:
    policy = stacks(stage, "data").one("AWS::SQS::QueuePolicy", "CompletionQueue")
    (sent,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert sent["Principal"] == {"Service": "s3.amazonaws.com"}
    assert sent["Action"] == "sqs:SendMessage"
    assert text(sent["Condition"]["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"
    assert text(sent["Condition"]["ArnLike"]["aws:SourceArn"]) == f"arn:aws:s3:::labeler-{stage}-data-*"


def test_ledger_has_point_in_time_recovery_and_expiry(stacks: Any, stage: str) -> None:
    table = stacks(stage, "data").one("AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_data_outlives_its_stack_where_the_environment_keeps_it(stacks: Any, stage: str) -> None:
    template = stacks(stage, "data")
    expected = "Retain" if ENVIRONMENTS[stage].retention.is_kept else "Delete"
    holding = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key")
    assert {r["DeletionPolicy"] for r in template.resources.values() if r["Type"] in holding} == {expected}
    assert template.one("AWS::DynamoDB::Table")["DeletionProtectionEnabled"] is (expected == "Retain")


def test_labels_table_has_the_columns_that_workers_write(stacks: Any, stage: str) -> None:
    table = stacks(stage, "data").one("AWS::Glue::Table")["TableInput"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    partitions = [(key["Name"], key["Type"]) for key in table["PartitionKeys"]]
    assert columns == layout.label_columns(load_task(DEFAULT_TASK).identity_columns)
    assert partitions == list(zip(layout.PARTITION_KEYS, PARTITION_TYPES, strict=True))
    assert text(table["StorageDescriptor"]["Location"]).endswith(f">/{layout.LABELS}/")


def test_athena_results_are_encrypted_whatever_the_client_asks_for(stacks: Any, stage: str) -> None:
    workgroup = stacks(stage, "data").one("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert workgroup["EnforceWorkGroupConfiguration"] is True
    assert workgroup["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
