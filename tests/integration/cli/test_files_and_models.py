"""`labeler statements`, `experiment`, `plan`, and what people see when something is missing."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT
from tests.integration.cli.conftest import Command

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_statements_are_generated_and_counted(labeler: Command, tmp_path: Path) -> None:
    said = labeler("statements", "generate", tmp_path / "made", "--files", 12, "--dirty", "--json")
    assert (said.code, said.json["files"]) == (0, 12)
    assert len(list((tmp_path / "made").glob("*.csv"))) == 12
    again = labeler("statements", "generate", tmp_path / "again", "--files", 12, "--dirty")
    assert "12 files" in again.out
    for path in (tmp_path / "made").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_files_are_landed_where_a_run_looks(stack: "LocalStack", labeler: Command, tmp_path: Path) -> None:
    labeler("statements", "generate", tmp_path / "made", "--files", 3)
    said = labeler("statements", "land", tmp_path / "made", "--date", "2026-03-01")
    assert said.code == 0
    assert len(list(stack.raw.sizes("landing/2026-03-01/"))) == 3


@pytest.fixture
def rules(tmp_path: Path) -> None:
    """params.yaml and gate.yaml where people work."""
    for name in ("params.yaml", "gate.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("made", [False, True])
def test_a_folder_without_statements_is_named(labeler: Command, tmp_path: Path, made: bool) -> None:
    folder = tmp_path / "nothing"
    if made:
        folder.mkdir()
    said = labeler("experiment", "run", "--quick", "--statements", folder)
    assert (said.code, str(folder) in said.err.replace("\n", "")) == (65, True)


@pytest.mark.usefixtures("rules")
def test_statements_without_labels_teach_nothing(labeler: Command) -> None:
    labeler("statements", "generate", "plain", "--files", 2)
    refused = labeler("experiment", "run", "--quick", "--statements", "plain")
    assert (refused.code, "file_unknown_header 100.0%" in refused.err) == (65, True)


def test_a_plan_says_yes_with_workers_and_cost(labeler: Command) -> None:
    said = labeler("plan", "--files", 1_000_000, "--deadline", "30m")
    assert said.code == 0
    assert "yes:" in said.out
    assert "S3 GET/s" in said.out
    found = labeler("plan", "--files", 1_000_000, "--json").json
    assert found["is_feasible"]
    assert found["workers"] >= 1


def test_a_plan_that_can_not_be_says_no_and_what_would(labeler: Command) -> None:
    said = labeler("plan", "--files", 5_000_000, "--deadline", "5m", "--max-workers", 2)
    assert said.code == 65
    assert "no:" in said.out
    assert "this day can't be done as asked" in said.err
    assert labeler("plan", "--deadline", "soon").code == 65


def test_missing_settings_are_named_with_the_way_out(labeler: Command) -> None:
    for arguments in (("run", "status"), ("worker",), ("statements", "land", ".")):
        said = labeler(*arguments)
        assert (said.code, said.out) == (65, "")
        assert "LABELER_RAW_BUCKET" in said.err
        assert "labeler local up" in said.err


def test_an_option_that_is_not_there_is_a_wrong_usage(labeler: Command) -> None:
    assert labeler("plan", "--nothing").code == 2
