"""Spark's parts are the local engine's, byte for byte. Each test starts a JVM: a command of its own, as users run it."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from labeler.experiment.data.sources import BLOCK_FILES
from labeler.experiment.files import ExperimentFiles, read_record
from labeler.experiment.records import DatasetInfo
from labeler_local.emulator.environment import complete
from labeler_local.synthetic import REJECTABLE, generate_with_ground_truth, write_statements

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

pytestmark = [pytest.mark.experiments, pytest.mark.timeout(400)]
PREFIX = "labeled"
WITHOUT_ACCOUNTS = """
from labeler.transactions import TransactionsTask

class WithoutAccounts(TransactionsTask):
    identity_columns = ()

task = WithoutAccounts()
"""
FILES = BLOCK_FILES + 20
"""Two tasks of Spark."""


def prepare(
    directory: Path, statements: str, *options: str, environ: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "labeler", "experiment", "prepare", "--statements", statements, *options]
    return subprocess.run(
        command, cwd=directory, env=complete(environ or {}), capture_output=True, text=True, timeout=180, check=False
    )


def prepared(directory: Path) -> dict[str, bytes]:
    files = ExperimentFiles(directory)
    assert read_record(DatasetInfo, files.dataset, step="prepare").rows
    return {path.name: path.read_bytes() for path in files.prepared.iterdir()}


@pytest.fixture
def statements(tmp_path: Path) -> Path:
    generated = generate_with_ground_truth(accounts=FILES, seed=6, with_labels=True, corruption=REJECTABLE)
    write_statements(tmp_path / "in", generated)
    return tmp_path


def test_both_engines_give_the_same_files_from_a_folder(statements: Path) -> None:
    for engine in ("local", "spark"):
        done = prepare(statements, "in", "--engine", engine, "--master", "local[2]", "--directory", engine)
        assert done.returncode == 0, done.stderr

    local, spark = prepared(statements / "local"), prepared(statements / "spark")
    assert spark == local
    assert len([name for name in spark if name.endswith(".parquet")]) == 2
    info = read_record(DatasetInfo, ExperimentFiles(statements / "spark").dataset, step="prepare")
    assert (info.files, info.rows_rejected > 0) == (FILES, True)
    # neither a warehouse nor a log is left where the command ran
    assert sorted(path.name for path in statements.iterdir()) == ["in", "local", "spark"]
    assert "WARN" not in done.stderr.replace("WARNING: Using incubator modules", "")


def test_both_engines_give_the_same_files_from_s3(statements: Path, stack: "LocalStack") -> None:
    for path in sorted((statements / "in").iterdir())[:40]:
        stack.raw.put(f"{PREFIX}/{path.name}", path.read_bytes())
    address = f"s3://{stack.raw.name}/{PREFIX}"
    for engine in ("local", "spark"):
        done = prepare(statements, address, "--engine", engine, "--directory", engine, environ=stack.environment())
        assert done.returncode == 0, done.stderr

    assert prepared(statements / "spark") == prepared(statements / "local")


def test_error_in_a_spark_task_is_reported_with_its_hint(statements: Path) -> None:
    task = statements / "accountless.py"
    task.write_text(WITHOUT_ACCOUNTS)
    environ = {"LABELER_TASK": "accountless:task", "PYTHONPATH": str(statements)}

    done = prepare(statements, "in", "--engine", "spark", "--directory", "out", environ=environ)

    assert done.returncode == 65, done.stderr
    assert "the task transactions has no identity column" in done.stderr
    assert "try: give it one that tells accounts apart" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (statements / "out/prepared/dataset.json").exists()


def test_missing_folder_is_refused_before_spark_starts(tmp_path: Path) -> None:
    done = prepare(tmp_path, "gone", "--engine", "spark")

    assert (done.returncode, "gone is not a folder" in done.stderr) == (65, True)
    assert "incubator" not in done.stderr


def test_missing_java_is_reported_with_a_hint(statements: Path) -> None:
    done = prepare(statements, "in", "--engine", "spark", environ={"JAVA_HOME": str(statements)})

    assert done.returncode == 65
    assert "Spark did not start on local[*]" in done.stderr
    assert "it needs Java 17 or newer" in done.stderr


def test_missing_pyspark_is_reported_with_a_hint(statements: Path) -> None:
    (statements / "pyspark").mkdir()
    (statements / "pyspark/__init__.py").write_text("raise ImportError('not here')\n")

    done = prepare(statements, "in", "--engine", "spark", environ={"PYTHONPATH": str(statements)})

    assert done.returncode == 65
    assert "Spark is not installed" in done.stderr
    assert "make setup-spark" in done.stderr
