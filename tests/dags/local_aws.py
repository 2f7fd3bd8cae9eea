"""What the tests read from the local AWS and write to it."""

import json
from typing import TYPE_CHECKING, Any

import boto3

if TYPE_CHECKING:
    from labeler_local.airflow.pipeline import Pipeline


def client(pipeline: "Pipeline", service: str) -> Any:
    variables = pipeline.variables
    return boto3.client(
        service,
        endpoint_url=variables["AWS_ENDPOINT_URL"],
        region_name=variables["AWS_DEFAULT_REGION"],
        aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
    )


def published_objects(pipeline: "Pipeline") -> dict[str, str]:
    """ETag of every object of labels, quarantine and runs, but the drift verdict, which has the time of its making."""
    s3 = client(pipeline, "s3")
    etags = {}
    for bucket in (pipeline.variables["LABELER_LABELS_BUCKET"], pipeline.variables["LABELER_RUNS_BUCKET"]):
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            etags.update({f"{bucket}/{entry['Key']}": entry["ETag"] for entry in page.get("Contents", [])})
    return {key: etag for key, etag in etags.items() if not key.endswith("drift.json")}


def messages(pipeline: "Pipeline", queue: str) -> list[dict[str, Any]]:
    sqs = client(pipeline, "sqs")
    response = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [json.loads(message["Body"]) for message in response.get("Messages", [])]
