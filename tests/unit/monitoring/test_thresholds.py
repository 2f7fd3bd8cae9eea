"""monitoring.yaml."""

from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.monitoring.thresholds import Thresholds, read_thresholds
from labeler.transactions import task
from tests.architecture.source import ROOT

FILE = ROOT / "monitoring.yaml"


def test_defaults_equal_the_monitoring_yaml_of_this_repository() -> None:
    assert read_thresholds(FILE) == Thresholds()
    text = FILE.read_text(encoding="utf-8")
    assert [name for name in Thresholds.model_fields if f"\n{name}:" not in text] == []


def test_every_column_in_monitoring_yaml_is_a_feature() -> None:
    thresholds = read_thresholds(FILE)
    assert {*thresholds.not_watched, *thresholds.columns} <= set(task.feature_names)


@pytest.mark.parametrize(
    ("text", "message"),
    [("min_rows: no", "min_rows"), ("label_distanec: 0.1", "label_distanec"), ("a: [", "can't be read")],
)
def test_an_invalid_entry_is_rejected_by_name(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "monitoring.yaml"
    path.write_text(text)
    with pytest.raises(InputInvalidError, match=message):
        read_thresholds(path)


def test_a_missing_file_is_rejected_by_name(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match=r"nowhere\.yaml can't be read"):
        read_thresholds(tmp_path / "nowhere.yaml")


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    path = tmp_path / "monitoring.yaml"
    path.write_text("# nothing yet\n")
    assert read_thresholds(path) == Thresholds()
