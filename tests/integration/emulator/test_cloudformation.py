"""Resource types that moto's CloudFormation leaves out or gets wrong."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.cloudformation import extend_cloudformation
from labeler_local.emulator.cloudformation_resources import MISSING_TYPES
from tests.integration.emulator.resource_template import RESOURCES

STACK = "types"


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with started_cloud() as cloud:
        extend_cloudformation(cloud.aws.session)
        yield cloud


@pytest.fixture
def cloudformation(cloud: Cloud) -> Any:
    client = cloud.aws.session.client("cloudformation")
    outputs = {
        name: {"Value": {"Fn::GetAtt": [name, "Arn"]}, "Export": {"Name": name}} for name in ("Alarm", "GitHub", "Key")
    }
    client.create_stack(StackName=STACK, TemplateBody=json.dumps({"Resources": RESOURCES, "Outputs": outputs}))
    return client


def test_cloudformation_creates_every_resource_of_the_template(cloudformation: Any) -> None:
    resources = cloudformation.list_stack_resources(StackName=STACK)["StackResourceSummaries"]
    assert {one["LogicalResourceId"] for one in resources} == set(RESOURCES)


def test_get_att_returns_the_attributes_of_the_services(cloud: Cloud, cloudformation: Any) -> None:
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    outputs = {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}
    (alarm,) = cloud.aws.session.client("cloudwatch").describe_alarms(AlarmNames=["late"])["MetricAlarms"]
    (provider,) = cloud.aws.session.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"]
    assert outputs["Alarm"] == alarm["AlarmArn"]
    assert outputs["GitHub"] == provider["Arn"]
    assert alarm["Metrics"][0]["MetricStat"]["Metric"]["MetricName"] == "UnitsLeft"


def test_services_list_the_resources_of_the_stack(cloud: Cloud, cloudformation: Any) -> None:
    session = cloud.aws.session
    (metric_filter,) = session.client("logs").describe_metric_filters(logGroupName="group")["metricFilters"]
    assert metric_filter["metricTransformations"][0]["metricName"] == "Missing"
    table = cloud.aws.glue.get_table(DatabaseName="db", Name="labels")["Table"]
    assert table["PartitionKeys"][0]["Name"] == "run_date"
    assert session.client("athena").get_work_group(WorkGroup="people")["WorkGroup"]["Name"] == "people"
    (key,) = session.client("kms").list_keys()["Keys"]
    assert session.client("kms").list_resource_tags(KeyId=key["KeyId"])["Tags"] == [
        {"TagKey": "stage", "TagValue": "dev"}
    ]


def test_bucket_notifies_its_queue_of_keys_that_match_the_filter(cloud: Cloud, cloudformation: Any) -> None:
    url = cloud.aws.sqs.get_queue_url(QueueName="notified")["QueueUrl"]
    for key in ("runs/a", "samples/a"):
        cloud.aws.s3.put_object(Bucket="notifying", Key=key, Body=b"")

    messages = cloud.aws.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10)["Messages"]
    bodies = [json.loads(message["Body"]) for message in messages]
    assert [body["Records"][0]["s3"]["object"]["key"] for body in bodies if "Records" in body] == ["runs%2Fa"]


def test_deleting_the_stack_deletes_its_resources(cloud: Cloud, cloudformation: Any) -> None:
    cloudformation.delete_stack(StackName=STACK)

    session = cloud.aws.session
    assert session.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert cloud.aws.glue.get_databases()["DatabaseList"] == []
    assert session.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []
    assert [one["Name"] for one in session.client("athena").list_work_groups()["WorkGroups"]] == ["primary"]
    assert cloud.aws.s3.list_buckets()["Buckets"] == []


def test_resource_that_cannot_be_created_reports_the_reason(cloud: Cloud) -> None:
    table = {"Resources": {"Table": RESOURCES["Table"] | {"DependsOn": []}}}

    with pytest.raises(ClientError, match=r"AWS::Glue::Table: .*EntityNotFound"):
        cloud.aws.session.client("cloudformation").create_stack(StackName=STACK, TemplateBody=json.dumps(table))


def test_deleted_stack_stays_deleted_when_it_is_described(cloud: Cloud, cloudformation: Any) -> None:
    """As the CDK does, by its id."""
    (stack,) = cloudformation.describe_stacks(StackName=STACK)["Stacks"]
    cloudformation.delete_stack(StackName=STACK)

    (deleted,) = cloudformation.describe_stacks(StackName=stack["StackId"])["Stacks"]

    assert deleted["StackStatus"] == "DELETE_COMPLETE"
    assert cloud.aws.session.client("cloudwatch").describe_alarms()["MetricAlarms"] == []
    assert cloud.aws.session.client("iam").list_open_id_connect_providers()["OpenIDConnectProviderList"] == []


@pytest.mark.parametrize(
    ("type_", "properties"),
    [("AWS::Glue::Table", {"DatabaseName": "gone"}), ("AWS::Logs::MetricFilter", {"LogGroupName": "gone"})],
)
def test_deleting_a_resource_whose_container_is_gone_succeeds(
    cloud: Cloud, type_: str, properties: dict[str, str]
) -> None:
    """moto deletes a stack's resources in any order."""
    MISSING_TYPES[type_].delete(cloud.aws.session, "name", properties)


def test_deleted_policy_is_detached_from_roles_of_other_stacks(cloud: Cloud) -> None:
    """A role that has a policy can't be deleted."""
    cloudformation: Any = cloud.aws.session.client("cloudformation")
    anybody = {"Version": "2012-10-17", "Statement": []}
    statements = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}],
    }
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "deploys", "AssumeRolePolicyDocument": anybody}}
    policy = {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": statements, "Roles": ["deploys"]}}
    cloudformation.create_stack(StackName="role", TemplateBody=json.dumps({"Resources": {"Role": role}}))
    cloudformation.create_stack(StackName="policy", TemplateBody=json.dumps({"Resources": {"Policy": policy}}))

    cloudformation.delete_stack(StackName="policy")
    cloudformation.delete_stack(StackName="role")

    assert cloud.aws.session.client("iam").list_roles()["Roles"] == []
    assert cloud.aws.session.client("iam").list_policies(Scope="Local")["Policies"] == []
