"""A small CloudFormation template with all that a deployed pipeline is read from, and the bundle of its functions."""

import io
import json
import zipfile
from typing import Any

from labeler_local.emulator.cloud import Cloud
from labeler_local.emulator.deployed_functions import ASSETS, TOOLKIT

STACK = "labeler-test"
BUNDLE = "bundle.zip"
HANDLER = """
import os


def _ours():
    return {name: value for name, value in os.environ.items() if name.startswith("LABELER_")}


def handler(event, context):
    return _ours()


def tick(event, context):
    return {"tick": context.function_name, **_ours()}
"""
PLACE = {"LABELER_RAW_BUCKET": "Raw", "LABELER_LABELS_BUCKET": "Labels", "LABELER_RUNS_BUCKET": "Runs"}
PLACED = {name: {"Ref": bucket} for name, bucket in PLACE.items()}
LEDGER = {"LABELER_LEDGER_TABLE": {"Ref": "Ledger"}}
WORK, DEAD = {"LABELER_WORK_QUEUE_URL": {"Ref": "Work"}}, {"LABELER_DEAD_LETTER_QUEUE_URL": {"Ref": "Dead"}}
MANIFEST = {**PLACED, **LEDGER, **WORK, "LABELER_REGISTRY_URI": "sqlite:///here.db"}
COMPLETION = {**PLACED, **LEDGER, **DEAD, "LABELER_GLUE_DATABASE": "labels_db", "LABELER_GLUE_TABLE": "labels"}


def template() -> dict[str, Any]:
    """To be changed by tests."""
    buckets = {name: _resource("S3::Bucket") for name in ("Raw", "Labels", "Runs", "Monitoring", "Artifacts")}
    return {
        "Resources": {
            **buckets,
            "Work": _resource("SQS::Queue", QueueName="work", RedrivePolicy=_redrive("Dead")),
            "Dead": _resource("SQS::Queue", QueueName="dead"),
            "Receipts": _resource("SQS::Queue", QueueName="receipts", RedrivePolicy=_redrive("DeadReceipts")),
            "DeadReceipts": _resource("SQS::Queue", QueueName="dead-receipts"),
            "Ledger": _resource(
                "DynamoDB::Table",
                KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            ),
            "Role": _resource("IAM::Role", AssumeRolePolicyDocument={"Version": "2012-10-17", "Statement": []}),
            "Manifest": _function("handler.handler", MANIFEST),
            "Completion": _function("handler.handler", COMPLETION),
            "Tick": _function("handler.tick", COMPLETION),
            "Mapping": _resource(
                "Lambda::EventSourceMapping",
                EventSourceArn={"Fn::GetAtt": ["Receipts", "Arn"]},
                FunctionName={"Ref": "Completion"},
                BatchSize=7,
            ),
            "EveryMinute": _resource(
                "Events::Rule",
                ScheduleExpression="rate(1 minute)",
                State="ENABLED",
                Targets=[{"Id": "tick", "Arn": {"Fn::GetAtt": ["Tick", "Arn"]}}],
            ),
        },
        "Outputs": {
            "WorkerEnvironment": {"Value": _text({**PLACED, **WORK})},
            "OperatorEnvironment": {
                "Value": _text({**PLACED, **LEDGER, **WORK, **DEAD, "LABELER_MANIFEST_FUNCTION": {"Ref": "Manifest"}})
            },
        },
    }


def create_stack(cloud: Cloud, body: dict[str, Any]) -> str:
    """Creates the bootstrap's stack and this one; returns its name."""
    cloudformation, s3 = cloud.aws.session.client("cloudformation"), cloud.aws.s3
    bucket = {"Resources": {ASSETS: _resource("S3::Bucket", BucketName="assets")}}
    cloudformation.create_stack(StackName=TOOLKIT, TemplateBody=json.dumps(bucket))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("handler.py", HANDLER)
    s3.put_object(Bucket="assets", Key=BUNDLE, Body=packed.getvalue())
    cloudformation.create_stack(StackName=STACK, TemplateBody=json.dumps(body))
    return STACK


def _resource(type_: str, **properties: Any) -> dict[str, Any]:
    return {"Type": f"AWS::{type_}", "Properties": properties}


def _function(handler: str, variables: dict[str, Any]) -> dict[str, Any]:
    return _resource(
        "Lambda::Function",
        Code={"S3Bucket": "assets", "S3Key": BUNDLE},
        Handler=handler,
        Runtime="python3.13",
        Role={"Fn::GetAtt": ["Role", "Arn"]},
        Timeout=33,
        MemorySize=512,
        Environment={"Variables": dict(variables)},
    )


def _redrive(queue: str) -> dict[str, Any]:
    return {"deadLetterTargetArn": {"Fn::GetAtt": [queue, "Arn"]}, "maxReceiveCount": 3}


def _text(variables: dict[str, Any]) -> dict[str, Any]:
    """JSON with tokens, as the CDK writes it."""
    parts: list[Any] = ["{"]
    for position, (name, value) in enumerate(variables.items()):
        parts += [f'{"," if position else ""}"{name}":"', value, '"']
    return {"Fn::Join": ["", [*parts, "}"]]}
