"""Resource types that moto's CloudFormation lacks: created by a call to their service with the template's properties."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import boto3

Properties = dict[str, Any]
Create = Callable[[boto3.Session, str, Properties], str]
"""(session, the name if the template has none, properties) -> physical id"""
Delete = Callable[[boto3.Session, str, Properties], None]
"""(session, physical id, properties)"""


@dataclass(frozen=True, slots=True)
class ResourceProvider:
    create: Create
    delete: Delete
    attributes: Mapping[str, Callable[[boto3.Session, str], str]] = field(default_factory=dict)
    """By the names that Fn::GetAtt uses: (session, physical id) -> value."""


def _create_alarm(session: boto3.Session, name: str, properties: Properties) -> str:
    alarm = {"AlarmName": name, **properties}
    session.client("cloudwatch").put_metric_alarm(**alarm)
    return str(alarm["AlarmName"])


def _delete_alarm(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("cloudwatch").delete_alarms(AlarmNames=[name])


def _create_filter(session: boto3.Session, name: str, properties: Properties) -> str:
    filter_name = str(properties.get("FilterName", name))
    session.client("logs").put_metric_filter(
        logGroupName=properties["LogGroupName"],
        filterName=filter_name,
        filterPattern=properties["FilterPattern"],
        metricTransformations=[
            {f"{key[0].lower()}{key[1:]}": value for key, value in one.items()}
            for one in properties["MetricTransformations"]
        ],
    )
    return filter_name


def _delete_filter(session: boto3.Session, name: str, properties: Properties) -> None:
    logs = session.client("logs")
    with suppress(logs.exceptions.ResourceNotFoundException):  # deleted with its group
        logs.delete_metric_filter(logGroupName=properties["LogGroupName"], filterName=name)


def _create_database(session: boto3.Session, name: str, properties: Properties) -> str:
    database: Any = {"Name": name, **properties["DatabaseInput"]}
    session.client("glue").create_database(DatabaseInput=database)
    return str(database["Name"])


def _delete_database(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("glue").delete_database(Name=name)


def _create_table(session: boto3.Session, name: str, properties: Properties) -> str:
    table: Any = {"Name": name, **properties["TableInput"]}
    session.client("glue").create_table(DatabaseName=properties["DatabaseName"], TableInput=table)
    return str(table["Name"])


def _delete_table(session: boto3.Session, name: str, properties: Properties) -> None:
    glue = session.client("glue")
    with suppress(glue.exceptions.EntityNotFoundException):  # deleted with its database
        glue.delete_table(DatabaseName=properties["DatabaseName"], Name=name)


def _create_workgroup(session: boto3.Session, _name: str, properties: Properties) -> str:
    session.client("athena").create_work_group(
        Name=properties["Name"], Configuration=properties["WorkGroupConfiguration"]
    )
    return str(properties["Name"])


def _delete_workgroup(session: boto3.Session, name: str, _properties: Properties) -> None:
    session.client("athena").delete_work_group(WorkGroup=name, RecursiveDeleteOption=True)


def _create_provider(session: boto3.Session, _name: str, properties: Properties) -> str:
    provider = session.client("iam").create_open_id_connect_provider(
        Url=properties["Url"],
        ClientIDList=properties.get("ClientIdList", []),
        ThumbprintList=properties.get("ThumbprintList", []),
    )
    return str(provider["OpenIDConnectProviderArn"])


def _delete_provider(session: boto3.Session, arn: str, _properties: Properties) -> None:
    session.client("iam").delete_open_id_connect_provider(OpenIDConnectProviderArn=arn)


def _arn_of_alarm(session: boto3.Session, name: str) -> str:
    (alarm,) = session.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["AlarmArn"])


MISSING_TYPES = {
    "AWS::Athena::WorkGroup": ResourceProvider(_create_workgroup, _delete_workgroup),
    "AWS::CloudWatch::Alarm": ResourceProvider(_create_alarm, _delete_alarm, {"Arn": _arn_of_alarm}),
    "AWS::Glue::Database": ResourceProvider(_create_database, _delete_database),
    "AWS::Glue::Table": ResourceProvider(_create_table, _delete_table),
    "AWS::IAM::OIDCProvider": ResourceProvider(_create_provider, _delete_provider, {"Arn": lambda _, arn: arn}),
    "AWS::Logs::MetricFilter": ResourceProvider(_create_filter, _delete_filter),
}
"""moto's CloudFormation leaves them out of a stack, though its services have them."""
