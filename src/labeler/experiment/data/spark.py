"""`prepare` for more files than one machine takes: the same parts, made by Spark's tasks.

A task takes whole blocks of files and calls the same `PartWriter`. It writes its part itself and yields one row of
accounting, so the driver sees counts and digests only, and a retried or speculative task overwrites its part with
the same bytes. On a cluster the experiment's directory has to be a file system that all machines share.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from labeler import errors
from labeler.errors import LabelerError, PermanentError, ServiceUnavailableError
from labeler.experiment.data.engines import Engine
from labeler.experiment.data.parts import Job, PartSummary, PartWriter
from labeler.experiment.data.spark_session import require_pyspark, spark_session
from labeler.run_index import FileEntry

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"
JOB = "number long, entries array<struct<key string, etag string, size_bytes long>>"
SUMMARY = pa.schema(
    [
        ("number", pa.int64()),
        ("rows", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("file_sha256", pa.binary()),
        ("accounts", pa.binary()),
        ("error", pa.list_(pa.string())),  # of a permanent error: its class, message, hint
    ]
)
SUMMARY_SQL = "number long, rows long, rows_rejected long, file_sha256 binary, accounts binary, error array<string>"


def spark_engine(master: str = LOCAL, *, is_quiet: bool = True) -> Engine:
    """Raises SettingsError when Spark or Java is not there. Not quiet: Spark's own progress bar on stderr."""
    require_pyspark()

    def run(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartSummary]]:
        # before Spark starts: a wrong address fails at once
        listed = list(jobs)
        with spark_session(master, is_quiet=is_quiet) as spark:
            rows = [(job.number, [tuple(entry) for entry in job.entries]) for job in listed]
            summaries = _collect(spark, rows, partial(_write_parts, writer))
        for job, row in zip(listed, summaries, strict=True):
            if row["error"]:
                raise _to_error(*row["error"])
            yield job, PartSummary(*(_to_bytes(row[name]) for name in PartSummary._fields))

    return run


def _write_parts(writer: PartWriter, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in a task. An error that may pass is raised, so that Spark tries again; any other goes into its row."""
    try:
        for row in (row for batch in batches for row in batch.to_pylist()):
            job = Job(row["number"], [FileEntry(**entry) for entry in row["entries"]])
            try:
                summary = {**writer(job)._asdict(), "error": None}
            except PermanentError as error:
                summary = {"number": job.number, "error": [type(error).__name__, error.message, error.hint]}
            yield pa.RecordBatch.from_pylist([summary], schema=SUMMARY)
    finally:
        # the process stays for other tasks
        writer.source.close()


def _collect(spark: "SparkSession", rows: list[Any], write_parts: Any) -> list[Any]:
    """Rows of SUMMARY in the order of their numbers. Raises ServiceUnavailableError when Spark gave up."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        frame = spark.createDataFrame(spark.sparkContext.parallelize(rows, len(rows)), JOB)
        summaries = frame.mapInArrow(write_parts, SUMMARY_SQL).collect()
    except (PySparkException, Py4JError) as error:
        raise ServiceUnavailableError(
            f"Spark could not make all parts: {type(error).__name__}", hint="its log above says why"
        ) from error
    return sorted(summaries, key=lambda row: row["number"])


def _to_bytes(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray) else value


def _to_error(class_name: str, message: str, hint: str | None) -> LabelerError:
    error_class: type[LabelerError] = getattr(errors, class_name, PermanentError)
    return error_class(message, hint=hint)
