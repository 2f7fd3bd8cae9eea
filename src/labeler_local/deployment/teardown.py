"""Destroys the deployed stacks and checks that nothing is left."""

from collections.abc import Sequence
from pathlib import Path

from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.cli.console import err, out
from labeler.errors import PermanentError
from labeler.storage import Bucket
from labeler_local.deployment.cdk import Cdk
from labeler_local.deployment.support import NOT_DESTROYED

ASSETS = "cdk-"
"""How the names of the bootstrap's resources begin."""


def destroy(cdk: Cdk, aws: Aws, assembly: Path, stacks: Sequence[str]) -> None:
    """Empties the buckets first: CloudFormation deletes no bucket with objects, here as on AWS. Raises PermanentError."""
    with err.status("taking it down"):
        for bucket in remaining_resources(aws)["bucket"]:
            if not bucket.startswith(ASSETS):
                for page in aws.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                    Bucket(aws, bucket).delete([one["Key"] for one in page.get("Contents", [])])
        seconds = cdk.destroy(assembly, [path for path in reversed(stacks) if path not in NOT_DESTROYED])
    left = {
        type_: [name for name in names if not name.startswith(ASSETS)]
        for type_, names in remaining_resources(aws).items()
    }
    if any(left.values()):
        raise PermanentError(f"cdk destroy left {left}", hint="see the deletion policies in cdk/retention.py")
    out.print(
        f"destroyed in {seconds:.1f} s; no bucket, queue, table, function or file system is left but the bootstrap's"
    )
    for path in set(stacks) & set(NOT_DESTROYED):
        out.print(f"not destroyed: {path}: {NOT_DESTROYED[path]}", soft_wrap=True)


def remaining_resources(aws: Aws) -> dict[str, list[str]]:
    """What costs money when it is left behind, by type."""
    files = aws.session.client("efs")
    with translated_errors("looking for what is left"):
        return {
            "bucket": [one["Name"] for one in aws.s3.list_buckets()["Buckets"]],
            "queue": aws.sqs.list_queues().get("QueueUrls", []),
            "table": aws.dynamodb.list_tables()["TableNames"],
            "function": [one["FunctionName"] for one in aws.lambda_.list_functions()["Functions"]],
            "file system": [one["FileSystemId"] for one in files.describe_file_systems()["FileSystems"]],
        }
