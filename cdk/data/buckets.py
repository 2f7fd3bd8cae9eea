"""The buckets of a run: encrypted, private, versioned, over TLS only."""

from collections.abc import Sequence
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_kms as kms
from aws_cdk import aws_s3 as s3
from constructs import Construct

from cdk.access import Grantee, acknowledge, allow
from cdk.environment import Environment
from cdk.retention import removal

KEYS_OF_RUNS = (
    "keys hold a run's date, id and digests, which nobody knows at deployment: a prefix is the narrowest name"
)


class AccessLogs(s3.Bucket):
    """Where the other buckets' access logs go. S3 delivers them only to a bucket with its own encryption."""

    def __init__(self, scope: Construct, construct_id: str, *, environment: Environment) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.S3_MANAGED,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(90))],
            **_private(environment),
        )
        acknowledge(self, "AwsSolutions-S1", "it is where access logs go; logging itself would never end")


class DataBucket(s3.Bucket):
    """`expire_days` of current objects, by prefix; "" is all of them."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        environment: Environment,
        key: kms.Key,
        access_logs: s3.IBucket,
        expire_days: dict[str, int | None] | None = None,
        noncurrent_days: int = 30,
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=key,
            # without it every one of millions of objects is a call to KMS, whose quota a run would hit
            bucket_key_enabled=True,
            versioned=True,
            server_access_logs_bucket=access_logs,
            server_access_logs_prefix=f"{construct_id.lower()}/",
            lifecycle_rules=_rules(expire_days or {}, noncurrent_days),
            **_private(environment),
        )

    def allow_objects(self, grantee: Grantee, actions: Sequence[str], *patterns: str) -> None:
        """s3 actions on the objects whose keys match; the encryption key's use comes with reading and writing."""
        allow(grantee, actions, [self.arn_for_objects(pattern) for pattern in patterns], why_any=KEYS_OF_RUNS)
        needed = {"s3:GetObject": "kms:Decrypt", "s3:PutObject": "kms:GenerateDataKey"}
        uses = [use for action, use in needed.items() if action in actions]
        if uses and self.encryption_key:
            allow(grantee, uses, [self.encryption_key.key_arn])

    def allow_listing(self, grantee: Grantee) -> None:
        """Also what makes S3 say 404 instead of 403 for a key that is not there, which the pipeline tells apart.

        Without a condition on the prefix: a GET has none, so such a condition would bring the 403 back.
        """
        allow(grantee, ["s3:ListBucket"], [self.bucket_arn])


def _private(environment: Environment) -> dict[str, Any]:
    return {
        "enforce_ssl": True,
        "minimum_tls_version": 1.2,
        "block_public_access": s3.BlockPublicAccess.BLOCK_ALL,
        "object_ownership": s3.ObjectOwnership.BUCKET_OWNER_ENFORCED,
        "removal_policy": removal(environment.retention),
    }


def _rules(expire_days: dict[str, int | None], noncurrent_days: int) -> list[s3.LifecycleRule]:
    tidy = s3.LifecycleRule(
        id="tidy",
        abort_incomplete_multipart_upload_after=Duration.days(1),
        noncurrent_version_expiration=Duration.days(noncurrent_days),
        expired_object_delete_marker=True if "" not in expire_days or expire_days[""] is None else None,
    )
    expiring = [
        s3.LifecycleRule(
            id=f"expire-{prefix or 'all'}".rstrip("/"), prefix=prefix or None, expiration=Duration.days(days)
        )
        for prefix, days in expire_days.items()
        if days is not None
    ]
    return [tidy, *expiring]
