"""monitoring.yaml."""

from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.monitoring.thresholds import Thresholds, read_thresholds
from labeler.transactions import task
from tests.architecture.source import ROOT

FILE = ROOT / "monitoring.yaml"


def test_the_file_of_this_repository_says_what_counts_without_one() -> None:
    assert read_thresholds(FILE) == Thresholds()
    said = FILE.read_text(encoding="utf-8")
    assert [name for name in Thresholds.model_fields if f"\n{name}:" not in said] == []


def test_every_column_that_it_names_is_one() -> None:
    found = read_thresholds(FILE)
    assert {*found.not_watched, *found.columns} <= set(task.feature_names)


@pytest.mark.parametrize(
    ("text", "says"),
    [("min_rows: no", "min_rows"), ("label_distanec: 0.1", "label_distanec"), ("a: [", "can't be read")],
)
def test_a_wrong_entry_is_named(text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / "monitoring.yaml"
    path.write_text(text)
    with pytest.raises(InputInvalidError, match=says):
        read_thresholds(path)


def test_a_missing_file_is_named_with_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match=r"nowhere\.yaml can't be read"):
        read_thresholds(tmp_path / "nowhere.yaml")


def test_an_empty_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "monitoring.yaml"
    path.write_text("# nothing yet\n")
    assert read_thresholds(path) == Thresholds()
