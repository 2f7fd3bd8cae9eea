"""What `make airflow` does when the command beside it fails."""

from pathlib import Path

import pytest

from labeler_local.airflow import pipeline
from labeler_local.airflow.pipeline import Pipeline
from labeler_local.airflow.processes import StartError


def laptop_whose_command(does: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    command = directory / "labeler"
    command.write_text(f'#!/bin/sh\necho "$@" >> called\n{does}\n')
    command.chmod(0o755)
    monkeypatch.setattr(pipeline, "LABELER", command)
    return Pipeline(directory, {"PATH": "/usr/bin:/bin"}, process=0)


def test_a_command_that_fails_is_told_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = laptop_whose_command(
        "printf 'reading\\nerror: no such folder\\ntry: another\\n' >&2; exit 65", tmp_path, monkeypatch
    )
    with pytest.raises(
        StartError, match="statements generate ended with exit code 65: error: no such folder try: another"
    ):
        found.land("2026-03-01")


def test_a_gate_with_doubts_is_no_reason_to_stop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = laptop_whose_command('[ "$1" != experiment ] || exit 3', tmp_path, monkeypatch)
    found.train_champion()
    assert "model promote 1 --force the first champion of a laptop" in (tmp_path / "called").read_text()


def test_an_experiment_that_fails_is_not_taken_for_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = laptop_whose_command('[ "$1" != experiment ] || exit 1', tmp_path, monkeypatch)
    with pytest.raises(StartError, match="labeler experiment run ended with exit code 1: it said nothing"):
        found.train_champion()
    assert "model" not in (tmp_path / "called").read_text()
