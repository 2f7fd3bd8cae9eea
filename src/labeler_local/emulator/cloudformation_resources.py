"""Kinds of resources as CloudFormation makes them: by a call to their service, mostly with the template's own words."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3

Properties = dict[str, Any]
Make = Callable[[boto3.Session, str, Properties], str]
"""(session, the name if the template has none, properties) -> physical id"""
Undo = Callable[[boto3.Session, str, Properties], None]
"""(session, physical id, properties)"""


@dataclass(frozen=True, slots=True)
class Kind:
    make: Make
    undo: Undo
    attributes: Mapping[str, Callable[[boto3.Session, str], str]] = field(default_factory=dict)
    """What Fn::GetAtt asks for, by its names: from (session, physical id)."""


# ---- kinds that are missing


def _make_alarm(session: boto3.Session, name: str, properties: Properties) -> str:
    wanted = {"AlarmName": name, **properties}
    session.client("cloudwatch").put_metric_alarm(**wanted)
    return str(wanted["AlarmName"])


def _undo_alarm(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("cloudwatch").delete_alarms(AlarmNames=[name])


def _make_filter(session: boto3.Session, name: str, properties: Properties) -> str:
    named = str(properties.get("FilterName", name))
    session.client("logs").put_metric_filter(
        logGroupName=properties["LogGroupName"],
        filterName=named,
        filterPattern=properties["FilterPattern"],
        metricTransformations=[
            {f"{key[0].lower()}{key[1:]}": value for key, value in one.items()}
            for one in properties["MetricTransformations"]
        ],
    )
    return named


def _undo_filter(session: boto3.Session, name: str, properties: Properties) -> None:
    logs = session.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):  # the group went first, and its filter with it
        logs.delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=name)


def _make_database(session: boto3.Session, name: str, properties: Properties) -> str:
    wanted: Any = {"Name": name, **properties["DatabaseInput"]}
    session.client("glue").create_database(DatabaseInput=wanted)
    return str(wanted["Name"])


def _undo_database(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("glue").delete_database(Name=name)


def _make_table(session: boto3.Session, name: str, properties: Properties) -> str:
    wanted: Any = {"Name": name, **properties["TableInput"]}
    session.client("glue").create_table(DatabaseName=properties["DatabaseName"], TableInput=wanted)
    return str(wanted["Name"])


def _undo_table(session: boto3.Session, name: str, properties: Properties) -> None:
    glue = session.client("glue")
    with suppress(glue.exceptions.EntityNotFoundException):  # the database went first, and its table with it
        glue.delete_table(DatabaseName=properties["DatabaseName"], Name=name)


def _make_workgroup(session: boto3.Session, _name: str, properties: Properties) -> str:
    session.client("athena").create_work_group(
        Name=properties["Name"], Configuration=properties["WorkGroupConfiguration"]
    )
    return str(properties["Name"])


def _undo_workgroup(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("athena").delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


def _make_provider(session: boto3.Session, _name: str, properties: Properties) -> str:
    made = session.client("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
    )
    return str(made["OpenIDConnectProviderArn"])


def _undo_provider(session: boto3.Session, arn: str, _properties: Properties) -> None:
    session.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def _arn_of_alarm(session: boto3.Session, name: str) -> str:
    (found,) = session.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(found["AlarmArn"])


MISSING = {
    "AWS::Athena::WorkGroup": Kind(_make_workgroup, _undo_workgroup),
    "AWS::CloudWatch::Alarm": Kind(_make_alarm, _undo_alarm, {"Arn": _arn_of_alarm}),
    "AWS::Glue::Database": Kind(_make_database, _undo_database),
    "AWS::Glue::Table": Kind(_make_table, _undo_table),
    "AWS::IAM::OIDCProvider": Kind(_make_provider, _undo_provider, {"Arn": lambda _, arn: arn}),
    "AWS::Logs::MetricFilter": Kind(_make_filter, _undo_filter),
}
"""Those that moto's CloudFormation leaves out, though its services know them."""


# ---- what moto gets wrong


def notify(session: boto3.Session, bucket: str, properties: Properties) -> None:
    """moto makes the bucket and forgets whom it tells."""
    wanted = properties.get("NotificationConfiguration")
    if not wanted:
        return
    queues: Any = [
        {
            "QueueArn": one["Queue"],
            "Events": [one["Event"]],
            "Filter": {"Key": {"FilterRules": one.get("Filter", {}).get("S3Key", {}).get("Rules", [])}},
        }
        for one in wanted["QueueConfigurations"]
    ]
    session.client("s3").put_bucket_notification_configuration(
        Bucket=bucket, NotificationConfiguration={"QueueConfigurations": queues}
    )


def tagged_as_kms(properties: Properties) -> Properties:
    """KMS names a tag's parts otherwise than CloudFormation; moto hands them on as they are, and fails."""
    tags = [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in properties.get("Tags", [])]
    return {**properties, "Tags": tags}


def detached(session: boto3.Session, arn: str) -> None:
    """A managed policy leaves with its stack; moto keeps it, and a role that has it can't be deleted by another stack."""
    iam = session.client("iam")
    for role in iam.list_entities_for_policy(PolicyArn=arn)["PolicyRoles"]:
        iam.detach_role_policy(RoleName=role["RoleName"], PolicyArn=arn)
    iam.delete_policy(PolicyArn=arn)
