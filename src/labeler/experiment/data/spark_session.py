"""Starts Spark: quiet, on loopback when it is local, and without a file left where the command runs."""

import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labeler.errors import SettingsError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

QUIET_LOG4J = """\
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


def require_pyspark() -> None:
    """Raises SettingsError."""
    try:
        import pyspark.sql  # noqa: F401
    except ImportError as error:
        raise SettingsError(
            "Spark is not installed", hint="make setup-spark, or pip install 'labeler[spark]'; or --engine local"
        ) from error


@contextmanager
def spark_session(master: str, *, is_quiet: bool) -> "Iterator[SparkSession]":
    """Stopped after the block. Raises SettingsError when Spark or Java is not there."""
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
    quiet.write_text(QUIET_LOG4J)
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
