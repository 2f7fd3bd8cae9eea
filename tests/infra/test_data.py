"""What holds a run: nobody reads it unasked, nothing of it is lost with a stack, and receipts are announced."""

from typing import Any

import pytest

from tests.infra.templates import STAGES, text

pytestmark = pytest.mark.parametrize("stage", STAGES)

BUCKETS = {"Raw", "Labels", "Runs", "Monitoring", "Experiments", "Artifacts", "AccessLogs"}


def bucket(template: Any, name: str) -> dict[str, Any]:
    found: dict[str, Any] = template.one("AWS::S3::Bucket", name)
    return found


def test_there_are_the_buckets_of_a_run(stacks: Any, stage: str) -> None:
    made = stacks(stage, "data").of_type("AWS::S3::Bucket")
    assert {name for name in BUCKETS if any(logical.startswith(name) for logical in made)} == BUCKETS
    assert len(made) == len(BUCKETS)


def test_every_bucket_is_private(stacks: Any, stage: str) -> None:
    for name, made in stacks(stage, "data").of_type("AWS::S3::Bucket").items():
        assert made["PublicAccessBlockConfiguration"] == {
            "BlockPublicAcls": True,
            "BlockPublicPolicy": True,
            "IgnorePublicAcls": True,
            "RestrictPublicBuckets": True,
        }, name


@pytest.mark.parametrize("name", sorted(BUCKETS - {"AccessLogs"}))
def test_a_run_s_objects_are_encrypted_with_one_call_to_kms_for_many(stacks: Any, stage: str, name: str) -> None:
    (rule,) = bucket(stacks(stage, "data"), name)["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    assert rule["BucketKeyEnabled"] is True


@pytest.mark.parametrize("name", sorted(BUCKETS))
def test_a_bucket_is_reached_over_tls_only(stacks: Any, stage: str, name: str) -> None:
    policies = stacks(stage, "data").of_type("AWS::S3::BucketPolicy").values()
    (policy,) = (p for p in policies if text(p["Bucket"]).startswith(f"<{name}"))
    denied = [s["Condition"] for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
    assert {"Bool": {"aws:SecureTransport": "false"}} in denied


@pytest.mark.parametrize("name", sorted(BUCKETS - {"AccessLogs"}))
def test_what_is_overwritten_or_deleted_can_be_had_back_for_days(stacks: Any, stage: str, name: str) -> None:
    made = bucket(stacks(stage, "data"), name)
    assert made["VersioningConfiguration"] == {"Status": "Enabled"}
    days = [
        r["NoncurrentVersionExpiration"]["NoncurrentDays"]
        for r in made["LifecycleConfiguration"]["Rules"]
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
    from labeler.settings import ManifestSettings

    longest = next(rule.le for rule in ManifestSettings.model_fields["lookback_days"].metadata if hasattr(rule, "le"))
    (seen,) = (
        r
        for r in bucket(stacks(stage, "data"), "Runs")["LifecycleConfiguration"]["Rules"]
        if r.get("Prefix") == "seen/"
    )
    assert seen["ExpirationInDays"] > 2 * longest


def test_receipts_are_announced_to_the_completion_queue(stacks: Any, stage: str) -> None:
    from labeler import layout

    template = stacks(stage, "data")
    (told,) = bucket(template, "Runs")["NotificationConfiguration"]["QueueConfigurations"]
    filters = {rule["Name"]: rule["Value"] for rule in told["Filter"]["S3Key"]["Rules"]}
    receipt = layout.receipt_key("daily-2026-11-23", 1)
    assert told["Event"] == "s3:ObjectCreated:*"
    assert text(told["Queue"]).startswith("<CompletionQueue")
    assert receipt.startswith(filters["prefix"])
    assert receipt.endswith(filters["suffix"])


def test_s3_alone_and_only_of_this_account_may_speak_to_the_completion_queue(stacks: Any, stage: str) -> None:
    policy = stacks(stage, "data").one("AWS::SQS::QueuePolicy", "CompletionQueue")
    (sent,) = (s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow")
    assert sent["Principal"] == {"Service": "s3.amazonaws.com"}
    assert sent["Action"] == "sqs:SendMessage"
    assert text(sent["Condition"]["StringEquals"]["aws:SourceAccount"]) == "<AWS::AccountId>"
    assert text(sent["Condition"]["ArnLike"]["aws:SourceArn"]) == f"arn:aws:s3:::labeler-{stage}-data-*"


def test_the_ledger_can_be_restored_and_forgets(stacks: Any, stage: str) -> None:
    table = stacks(stage, "data").one("AWS::DynamoDB::Table")
    assert table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["SSESpecification"]["SSEEnabled"] is True
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]


def test_what_is_kept_outlives_its_stack(stacks: Any, stage: str) -> None:
    from environments import ENVIRONMENTS

    template = stacks(stage, "data")
    expected = "Retain" if ENVIRONMENTS[stage].retention.is_kept else "Delete"
    holding = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key")
    assert {r["DeletionPolicy"] for r in template.resources.values() if r["Type"] in holding} == {expected}
    assert template.one("AWS::DynamoDB::Table")["DeletionProtectionEnabled"] is (expected == "Retain")


def test_the_labels_table_has_the_columns_that_workers_write(stacks: Any, stage: str) -> None:
    from labeler import layout
    from labeler.settings import DEFAULT_TASK
    from labeler.task import load_task
    from labeler_local.emulator.resources import PARTITION_TYPES

    table = stacks(stage, "data").one("AWS::Glue::Table")["TableInput"]
    columns = {column["Name"]: column["Type"] for column in table["StorageDescriptor"]["Columns"]}
    partitions = [(key["Name"], key["Type"]) for key in table["PartitionKeys"]]
    assert columns == layout.label_columns(load_task(DEFAULT_TASK).identity_columns)
    assert partitions == list(zip(layout.PARTITION_KEYS, PARTITION_TYPES, strict=True))
    assert text(table["StorageDescriptor"]["Location"]).endswith(f">/{layout.LABELS}/")


def test_answers_of_athena_are_encrypted_and_clients_cannot_choose_otherwise(stacks: Any, stage: str) -> None:
    workgroup = stacks(stage, "data").one("AWS::Athena::WorkGroup")["WorkGroupConfiguration"]
    assert workgroup["EnforceWorkGroupConfiguration"] is True
    assert workgroup["ResultConfiguration"]["EncryptionConfiguration"]["EncryptionOption"] == "SSE_KMS"
