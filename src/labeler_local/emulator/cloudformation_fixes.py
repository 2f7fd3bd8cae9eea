"""Corrections of resource types that moto's CloudFormation creates or deletes wrongly."""

from typing import Any

import boto3

from labeler_local.emulator.cloudformation_resources import Properties


def configure_notifications(session: boto3.Session, bucket: str, properties: Properties) -> None:
    """moto creates the bucket without its notifications."""
    configuration = properties.get("NotificationConfiguration")
    if not configuration:
        return
    queues: Any = [
        {
            "QueueArn": one["Queue"],
            "Events": [one["Event"]],
            "Filter": {"Key": {"FilterRules": one.get("Filter", {}).get("S3Key", {}).get("Rules", [])}},
        }
        for one in configuration["QueueConfigurations"]
    ]
    session.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": queues}
    )


def with_kms_tags(properties: Properties) -> Properties:
    """KMS names the parts of a tag otherwise than CloudFormation; moto passes them on unchanged, and fails."""
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])]
    return {**properties, "Tags": tags}


def delete_managed_policy(session: boto3.Session, arn: str) -> None:
    """moto leaves the policy attached, and a role that has one can't be deleted by another stack."""
    iam = session.client("iam")
    for role in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
