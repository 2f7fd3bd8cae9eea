"""`make airflow`: what it does when a `labeler` command fails, and what its Airflow can import."""

import json
import subprocess
from pathlib import Path

import pytest

from labeler_local.airflow.configuration import airflow_variables
from labeler_local.airflow.paths import AIRFLOW_BIN, DAGS, ROOT
from labeler_local.airflow.pipeline import Pipeline
from labeler_local.airflow.processes import StartError, clean_variables


def pipeline_with_command(script: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    command = directory / "labeler"
    command.write_text(f'#!/bin/sh\necho "$@" >> called\n{script}\n')
    command.chmod(0o755)
    monkeypatch.setattr("labeler_local.airflow.pipeline.LABELER", command)
    return Pipeline(directory, {"PATH": "/usr/bin:/bin"}, process=0)


def test_failed_command_raises_with_its_last_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = pipeline_with_command(
        "printf 'reading\\nerror: no such folder\\ntry: another\\n' >&2; exit 65", tmp_path, monkeypatch
    )
    with pytest.raises(
        StartError, match="statements generate ended with exit code 65: error: no such folder try: another"
    ):
        failing.land("2026-03-01")


def test_champion_is_promoted_when_nothing_passes_the_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = pipeline_with_command('[ "$1" != experiment ] || exit 3', tmp_path, monkeypatch)
    failing.train_champion()
    assert "model promote 1 --force the first champion of a laptop" in (tmp_path / "called").read_text()


def test_failed_experiment_promotes_no_champion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = pipeline_with_command('[ "$1" != experiment ] || exit 1', tmp_path, monkeypatch)
    with pytest.raises(StartError, match="labeler experiment run ended with exit code 1: it said nothing"):
        failing.train_champion()
    assert "model" not in (tmp_path / "called").read_text()


def test_airflow_processes_cannot_import_labeler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT / "src"))
    local_aws = {"LABELER_MANIFEST_FUNCTION": "manifest", "LABELER_RUNS_BUCKET": "runs"}
    pipeline = Pipeline(tmp_path, {**clean_variables(), **local_aws}, process=0)
    packages = ["airflow", "labeler", "labeler_local"]
    code = f"import importlib.util, json; print(json.dumps([name for name in {packages} if importlib.util.find_spec(name)]))"

    done = subprocess.run(
        [AIRFLOW_BIN / "python", "-P", "-c", code],
        env=airflow_variables(tmp_path, DAGS, 1, pipeline),
        cwd=ROOT / "src",
        capture_output=True,
        text=True,
        check=True,
    )

    assert json.loads(done.stdout) == ["airflow"]
