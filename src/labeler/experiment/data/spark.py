"""`prepare` for more files than one machine takes: the same parts, made by Spark's tasks.

A task takes whole blocks of files and calls the same `PartWriter`. It writes its part itself and yields one row of
accounting, so the driver sees counts and digests only, and a retried or speculative task overwrites its part with
the same bytes. On a cluster the experiment's directory has to be a file system that all machines share.
"""

import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from labeler import errors
from labeler.errors import LabelerError, PermanentError, ServiceUnavailableError, SettingsError
from labeler.experiment.data.parts import Job, PartDone, PartWriter
from labeler.experiment.data.prepare import Engine
from labeler.run_index import FileEntry

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOCAL = "local[*]"
JOB = "number long, entries array<struct<key string, etag string, size_bytes long>>"
DONE = pa.schema(
    [
        ("number", pa.int64()),
        ("rows", pa.int64()),
        ("rows_rejected", pa.int64()),
        ("file_sha256", pa.binary()),
        ("accounts", pa.binary()),
        ("error", pa.list_(pa.string())),  # of a permanent error: its class, message, way out
    ]
)
DONE_SQL = "number long, rows long, rows_rejected long, file_sha256 binary, accounts binary, error array<string>"
QUIET = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = stderr
logger.gateway.name = org.apache.spark.api.python.PythonGatewayServer
logger.gateway.level = error
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n
"""


def spark_engine(master: str = LOCAL, *, is_quiet: bool = True) -> Engine:
    """Raises SettingsError when Spark or Java is not there. Not quiet: Spark's own progress bar on stderr."""
    _require_pyspark()

    def run(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartDone]]:
        # listed before Spark starts: a wrong address is told at once
        asked = list(jobs)
        with _started(master, is_quiet=is_quiet) as spark:
            rows = [(job.number, [tuple(entry) for entry in job.entries]) for job in asked]
            found = _collected(spark, rows, partial(_make_parts, writer))
        for job, row in zip(asked, found, strict=True):
            if row["error"]:
                raise _raised(*row["error"])
            yield job, PartDone(*(_plain(row[name]) for name in PartDone._fields))

    return run


def _make_parts(writer: PartWriter, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Runs in a task. An error that may pass is raised, so that Spark tries again; any other is told."""
    try:
        for row in (row for batch in batches for row in batch.to_pylist()):
            job = Job(row["number"], [FileEntry(**entry) for entry in row["entries"]])
            try:
                told = {**writer(job)._asdict(), "error": None}
            except PermanentError as error:
                told = {"number": job.number, "error": [type(error).__name__, error.message, error.hint]}
            yield pa.RecordBatch.from_pylist([told], schema=DONE)
    finally:
        # the process stays for other tasks
        writer.source.close()


def _collected(spark: "SparkSession", rows: list[Any], make: Any) -> list[Any]:
    """Rows of DONE in the order of their numbers. Raises ServiceUnavailableError when Spark gave up."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        frame = spark.createDataFrame(spark.sparkContext.parallelize(rows, len(rows)), JOB)
        done = frame.mapInArrow(make, DONE_SQL).collect()
    except (PySparkException, Py4JError) as error:
        raise ServiceUnavailableError(
            f"Spark could not make all parts: {type(error).__name__}", hint="its log above says why"
        ) from error
    return sorted(done, key=lambda row: row["number"])


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, bytearray) else value


def _raised(kind: str, message: str, hint: str | None) -> LabelerError:
    found: type[LabelerError] = getattr(errors, kind, PermanentError)
    return found(message, hint=hint)


def _require_pyspark() -> None:
    try:
        import pyspark.sql  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            "Spark is not installed", hint="make setup-spark, or pip install 'labeler[spark]'; or --engine local"
        ) from error


@contextmanager
def _started(master: str, *, is_quiet: bool) -> "Iterator[SparkSession]":
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    with tempfile.TemporaryDirectory(prefix="labeler-spark-") as directory, warnings.catch_warnings():
        # Spark 4.3 warns of every pandas 3; nothing here goes through pandas
        warnings.filterwarnings("ignore", message="PySpark does not yet fully support pandas", category=FutureWarning)
        builder = SparkSession.builder.master(master).appName("labeler prepare")
        for name, value in _options(master, Path(directory), is_quiet=is_quiet).items():
            builder = builder.config(name, value)
        try:
            spark = builder.getOrCreate()
        except (PySparkException, Py4JError) as error:
            raise SettingsError(
                f"Spark did not start on {master}: {type(error).__name__}",
                hint="it needs Java 17 or newer: install it and set JAVA_HOME; or --engine local",
            ) from error
        if _is_local(master):
            # the tasks need what this process has installed; on a cluster PYSPARK_PYTHON says where that is
            spark.sparkContext.pythonExec = sys.executable
        try:
            yield spark
        finally:
            spark.stop()


def _options(master: str, directory: Path, *, is_quiet: bool) -> dict[str, str]:
    quiet = directory / "log4j2.properties"
    quiet.write_text(QUIET)
    return {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": str(not is_quiet).lower(),
        "spark.driver.extraJavaOptions": f"-Dlog4j2.configurationFile={quiet.as_uri()}",
        "spark.sql.warehouse.dir": (directory / "warehouse").as_uri(),
        # one block of a partition is a row: its part is written before the next is begun
        "spark.sql.execution.arrow.maxRecordsPerBatch": "1",
        **({"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"} if _is_local(master) else {}),
    }


def _is_local(master: str) -> bool:
    return master.startswith("local")
