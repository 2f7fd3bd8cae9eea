"""The two commands that bring a whole stack along."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from labeler_local.synthetic import Corruption, generate_with_ground_truth, write_statements


@pytest.mark.timeout(170)
def test_demo_labels_files_of_a_folder(tmp_path: Path) -> None:
    """Every row of the folder ends as one label or in quarantine, and the summary says the same as the files."""
    written = write_statements(
        tmp_path / "own",
        generate_with_ground_truth(accounts=12, seed=9, with_labels=True, corruption=Corruption(bad_rows=0.01)),
    )
    done = subprocess.run(
        [sys.executable, "-m", "labeler", "demo", "--statements", "own", "--workers", "1"],
        cwd=tmp_path,
        env=_plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads((tmp_path / "build/demo/summary.json").read_text())
    assert summary["state"] == "COMPLETE"
    assert (summary["files"], summary["rows_in"]) == (written.files, written.rows)
    assert summary["rows_quarantined"] == written.rows_rejected > 0
    labels = pq.ParquetDataset(tmp_path / summary["labels"]).read()
    assert labels.num_rows == summary["rows_labeled"] == written.rows - written.rows_rejected
    for name in ("run_id", "generation", "coverage", "model_version", "quarantine", "elapsed_s", "files_per_second"):
        assert name in summary
    assert "champion: transactions version 1" in done.stdout


@pytest.mark.timeout(120)
def test_other_terminals_use_the_local_stack_and_sigterm_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = tmp_path / "ana's work"
    folder.mkdir()
    environment = _plain_environment()
    up = subprocess.Popen(
        [sys.executable, "-m", "labeler", "local", "up", "--workers", "0", "--set", "failure_tolerance=0.4"],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert up.stdout is not None
        first = up.stdout.readline()
        assert re.search(r"endpoint: http://\S+:\d+", first), first
        variables = (folder / "build/local/labeler.env").read_text()
        assert "export LABELER_FAILURE_TOLERANCE=0.4\n" in variables
        listed = _labeler(folder, environment, "run", "list", "--json")
        assert (listed.returncode, json.loads(listed.stdout)) == (0, [])
    finally:
        up.send_signal(signal.SIGTERM)
        rest = up.communicate(timeout=60)[0]
    assert up.returncode == 0, rest
    assert not (folder / "build/local/labeler.env").exists()
    assert _labeler(folder, environment, "run", "list").returncode == 65


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("failure_tolerance", "--set failure_tolerance is no setting"),
        ("max_receives=2", "--set max_receives=2 is no setting"),
        ("failure_tolerance=2", "LABELER_FAILURE_TOLERANCE: input should be less than or equal to 1"),
    ],
    ids=["no value", "no setting of a process", "refused by its field"],
)
def test_local_up_names_a_setting_that_it_rejects(tmp_path: Path, setting: str, expected: str) -> None:
    done = _labeler(tmp_path, _plain_environment(), "local", "up", "--workers", "0", "--set", setting)
    assert done.returncode == 65
    assert expected in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def _labeler(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labeler", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _plain_environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "LABELER_"))}
