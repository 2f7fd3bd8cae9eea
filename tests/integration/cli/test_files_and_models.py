"""`labeler statements`, `experiment`, `plan`, and what people see when something is missing."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.architecture.source import ROOT
from tests.integration.cli.conftest import Command

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


def test_generate_writes_statements_and_counts_them(labeler: Command, tmp_path: Path) -> None:
    result = labeler("statements", "generate", tmp_path / "made", "--files", 12, "--dirty", "--json")
    assert (result.code, result.json["files"]) == (0, 12)
    assert len(list((tmp_path / "made").glob("*.csv"))) == 12
    again = labeler("statements", "generate", tmp_path / "again", "--files", 12, "--dirty")
    assert "12 files" in again.out
    for path in (tmp_path / "made").iterdir():
        assert path.read_bytes() == (tmp_path / "again" / path.name).read_bytes()


def test_land_copies_files_into_the_landing_folder_of_the_day(
    stack: "LocalStack", labeler: Command, tmp_path: Path
) -> None:
    labeler("statements", "generate", tmp_path / "made", "--files", 3)
    result = labeler("statements", "land", tmp_path / "made", "--date", "2026-03-01")
    assert result.code == 0
    assert len(list(stack.raw.sizes("landing/2026-03-01/"))) == 3


@pytest.fixture
def rules(tmp_path: Path) -> None:
    """params.yaml and gate.yaml where people work."""
    for name in ("params.yaml", "gate.yaml"):
        (tmp_path / name).write_text((ROOT / name).read_text(encoding="utf-8"), encoding="utf-8")


@pytest.mark.usefixtures("rules")
@pytest.mark.parametrize("exists", [False, True])
def test_land_names_a_folder_without_statements(labeler: Command, tmp_path: Path, exists: bool) -> None:
    folder = tmp_path / "nothing"
    if exists:
        folder.mkdir()
    result = labeler("experiment", "run", "--quick", "--statements", folder)
    assert (result.code, str(folder) in result.err.replace("\n", "")) == (65, True)


@pytest.mark.usefixtures("rules")
def test_training_on_statements_without_labels_is_refused(labeler: Command) -> None:
    labeler("statements", "generate", "plain", "--files", 2)
    refused = labeler("experiment", "run", "--quick", "--statements", "plain")
    assert (refused.code, "file_unknown_header 100.0%" in refused.err) == (65, True)


def test_feasible_plan_shows_workers_and_cost(labeler: Command) -> None:
    result = labeler("plan", "--files", 1_000_000, "--deadline", "30m")
    assert result.code == 0
    assert "yes:" in result.out
    assert "S3 GET/s" in result.out
    plan = labeler("plan", "--files", 1_000_000, "--json").json
    assert plan["is_feasible"]
    assert plan["workers"] >= 1


def test_infeasible_plan_exits_65_and_says_what_would_be_enough(labeler: Command) -> None:
    result = labeler("plan", "--files", 5_000_000, "--deadline", "5m", "--max-workers", 2)
    assert result.code == 65
    assert "no:" in result.out
    assert "this day can't be done as asked" in result.err
    assert labeler("plan", "--deadline", "soon").code == 65


def test_missing_settings_are_named_with_a_hint(labeler: Command) -> None:
    for arguments in (("run", "status"), ("worker",), ("statements", "land", ".")):
        result = labeler(*arguments)
        assert (result.code, result.out) == (65, "")
        assert "LABELER_RAW_BUCKET" in result.err
        assert "labeler local up" in result.err


def test_unknown_option_exits_2(labeler: Command) -> None:
    assert labeler("plan", "--nothing").code == 2
