"""What readers of a run find first: summary.json and the catalog's partition. Both only ever move forward."""

from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.aws import Aws
from labeler.aws_errors import translated_errors
from labeler.errors import MessageInvalidError, ThrottledError
from labeler.messages import RunState
from labeler.published import RunSummary
from labeler.settings import CompletionSettings
from labeler.storage import Bucket

if TYPE_CHECKING:
    from mypy_boto3_glue.type_defs import PartitionInputTypeDef

MAX_ATTEMPTS = 8


def write_summary(summary: RunSummary, *, settings: CompletionSettings, aws: Aws) -> None:
    """Writes summary.json unless a newer generation, or this one, is there already.

    Compared and swapped by the object's ETag: a publisher that was overtaken can't put an older generation back.
    """
    runs, key = Bucket(aws, settings.runs_bucket), layout.summary_key(summary.run_id)
    body = summary.model_dump_json(indent=2).encode()
    for _ in range(MAX_ATTEMPTS):
        stored = runs.find_version(key)
        if stored is None:
            is_written = runs.put_once(key, body, "application/json")
        elif _generation(stored.body) >= summary.generation:
            return
        else:
            is_written = runs.replace(key, body, etag=stored.etag, content_type="application/json")
        if is_written:
            return
    raise ThrottledError(f"writing the summary of {summary.run_id}: it kept changing")


def register_partition(summary: RunSummary, *, settings: CompletionSettings, aws: Aws) -> None:
    """Adds the run's partition to the Glue table, if the settings name one.

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


def _generation(body: bytes) -> int:
    """Of a stored summary; an unreadable one is older than any."""
    try:
        return RunSummary.parse(body, source="the summary").generation
    except MessageInvalidError:
        return 0
