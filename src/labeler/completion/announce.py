"""Where readers look: summary.json and the catalog's partition. Both only ever move forward."""

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from labeler import layout
from labeler.aws import Aws, translated_errors
from labeler.errors import MessageInvalid, Throttled
from labeler.messages import RunState, RunSummary
from labeler.settings import CompletionSettings

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef

TRIES = 8
LOST_RACE = {"PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "404", "409", "412"}


def announce(summary: RunSummary, *, settings: CompletionSettings, aws: Aws) -> None:
    """Writes summary.json unless a newer generation, or this one, is there already.

    Compared and swapped by the object's ETag: a publisher that was overtaken can't put an older generation back.
    """
    for _ in range(TRIES):
        with translated_errors(f"announcing {summary.run_id}"):
            etag, generation = _announced(aws, settings.runs_bucket, summary.run_id)
            if generation >= summary.generation or _is_swapped(aws, settings.runs_bucket, summary, etag):
                return
    raise Throttled(f"announcing {summary.run_id}: its summary kept changing")


def catalog(summary: RunSummary, *, settings: CompletionSettings, aws: Aws) -> None:
    """The run's partition in the Glue table, if there is one to keep.

    A FAILED run gets none. One that a better generation made stays when a later one fails: its rows are still those
    of the objects that receipts name, and whoever must not read them goes by the summary's state.
    """
    if summary.state is RunState.FAILED or not (settings.glue_database and settings.glue_table):
        return
    place: dict[str, Any] = {"DatabaseName": settings.glue_database, "TableName": settings.glue_table}
    with translated_errors(f"cataloguing {summary.run_id} in {settings.glue_database}.{settings.glue_table}"):
        table = aws.glue.get_table(DatabaseName=settings.glue_database, Name=settings.glue_table)["Table"]
        partition: PartitionInputTypeDef = {
            "Values": [summary.run_date.isoformat(), summary.run_id],
            "StorageDescriptor": {**table["StorageDescriptor"], "Location": summary.labels},
        }
        try:
            aws.glue.create_partition(**place, PartitionInput=partition)
        except aws.glue.exceptions.AlreadyExistsException:
            aws.glue.update_partition(**place, PartitionValueList=list(partition["Values"]), PartitionInput=partition)


def _announced(aws: Aws, bucket: str, run_id: str) -> tuple[str | None, int]:
    """(ETag, generation) of the summary; (None, 0) without one. An unreadable one is older than any."""
    key = layout.summary_key(run_id)
    try:
        answer = aws.s3.get_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] in ("NoSuchKey", "404"):
            return None, 0
        raise
    try:
        return answer["ETag"], RunSummary.parse(answer["Body"].read(), source=key).generation
    except MessageInvalid:
        return answer["ETag"], 0


def _is_swapped(aws: Aws, bucket: str, summary: RunSummary, etag: str | None) -> bool:
    condition: dict[str, Any] = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
    try:
        aws.s3.put_object(
            Bucket=bucket,
            Key=layout.summary_key(summary.run_id),
            Body=summary.model_dump_json(indent=2).encode(),
            ContentType="application/json",
            **condition,
        )
    except ClientError as error:
        if error.response["Error"]["Code"] in LOST_RACE:
            return False
        raise
    return True
