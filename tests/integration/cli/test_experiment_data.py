"""`labeler experiment validate` and `prepare`: what people see, what programs read, and the exit codes."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT
from tests.integration.cli.conftest import Command

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


@pytest.fixture
def project(labeler: Command, tmp_path: Path) -> Path:
    """params.yaml, and statements of which some rows and files are refused."""
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    labeler("statements", "generate", "made", "--files", 60, "--labels", "--dirty")
    return tmp_path


def accept(project: Path, share: str) -> None:
    text = (project / "params.yaml").read_text()
    (project / "params.yaml").write_text(text.replace("max_reject_share: 0.05", f"max_reject_share: {share}"))


def test_validate_prints_reject_reasons_and_writes_its_report(labeler: Command, project: Path) -> None:
    accept(project, "0.9")
    result = labeler("experiment", "validate", "--statements", "made", "--directory", "out")
    report = json.loads((project / "out/validation.json").read_text())

    assert result.code == 0
    assert f"60 files, {report['rows_in']:,} rows; {report['rows_rejected']:,} rows rejected" in result.out
    for reason in report["reasons"]:
        assert reason["reason"] in result.out
    place = next(place for reason in report["reasons"] for place in reason["examples"] if place["line"])
    assert f"{place['key']}:{place['line']}" in result.out
    assert labeler("experiment", "validate", "--statements", "made", "--directory", "out", "--json").json == report


@pytest.mark.parametrize("as_json", [False, True])
def test_validate_exits_65_after_the_report_when_too_many_rows_are_rejected(
    labeler: Command, project: Path, as_json: bool
) -> None:
    accept(project, "0.0001")
    options = ["--json"] if as_json else []
    result = labeler("experiment", "validate", "--statements", "made", "--directory", "out", *options)
    report = json.loads((project / "out/validation.json").read_text())

    assert result.code == 65
    assert f"{report['reject_share']:.1%} of {report['rows_in']:,} rows are rejected, more than 0.0%" in result.err
    assert report["reasons"][0]["reason"] in result.err
    assert "validation.max_reject_share" in result.err
    assert report["reasons"][-1]["reason"] in result.out


def test_prepare_takes_only_folders_of_the_given_days(labeler: Command, project: Path) -> None:
    accept(project, "0.9")
    for day in ("2026-03-01", "2026-03-02"):
        labeler("statements", "generate", f"landed/{day}", "--files", 20, "--labels")
    files = ("--statements", "landed", "--first-day", "2026-03-02", "--last-day", "2026-03-31", "--directory", "out")

    assert labeler("experiment", "validate", *files, "--json").json["files"] == 20
    info = labeler("experiment", "prepare", *files, "--json").json

    assert (info["files"], info["first_day"], info["last_day"]) == (20, "2026-03-02", "2026-03-31")
    refused = labeler("experiment", "prepare", "--statements", "made", "--last-day", "2026-03-31")
    assert (refused.code, "made has no folder that is named by a day" in refused.err) == (65, True)


def test_prepare_prints_rows_files_and_split(labeler: Command, project: Path) -> None:
    result = labeler("experiment", "prepare", "--statements", "made", "--directory", "out")
    info = json.loads((project / "out/prepared/dataset.json").read_text())

    assert result.code == 0
    assert f"{info['rows']:,} rows of {info['accounts']:,} accounts in 60 files" in result.out
    assert labeler("experiment", "prepare", "--statements", "made", "--directory", "out", "--json").json == info


def test_prepare_reads_statements_from_s3(labeler: Command, project: Path, stack: "LocalStack") -> None:
    labeler("statements", "land", "made", "--date", "2026-03-01")
    address = f"s3://{stack.raw.name}/landing/2026-03-01"

    there = labeler("experiment", "prepare", "--statements", address, "--directory", "there", "--json").json
    here = labeler("experiment", "prepare", "--statements", "made", "--directory", "here", "--json").json

    assert there["statements_sha256"] == here["statements_sha256"]
    assert there["rows"] == here["rows"]


@pytest.mark.parametrize("step", ["validate", "prepare"])
def test_missing_statements_are_named(labeler: Command, project: Path, step: str) -> None:
    for statements, expected in (("gone", "gone is not a folder"), (".", "holds no *.parquet")):
        refused = labeler("experiment", step, "--statements", statements, "--pattern", "*.parquet")
        assert (refused.code, expected in refused.err) == (65, True)
    assert labeler("experiment", step).code == 2


def test_missing_params_file_is_named(labeler: Command, project: Path) -> None:
    result = labeler("experiment", "validate", "--statements", "made", "--params", "other.yaml")
    assert (result.code, "other.yaml can't be read" in result.err) == (65, True)
