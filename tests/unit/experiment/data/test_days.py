"""A range of days, by the names of folders."""

from datetime import date
from pathlib import Path

import pytest

from labeler.errors import InputInvalidError
from labeler.experiment.data.days import ALL_DAYS, Days, day_of
from labeler.experiment.data.sources import open_source

KEYS = ("2026-02-28/a.csv", "2026-03-01/a.csv", "2026-03-02/b/a.csv", "2026-03-02/c.txt", "2026-03-03/a.csv", "a.csv")
FIRST, LAST = date(2026, 3, 1), date(2026, 3, 2)


def written(directory: Path, *keys: str) -> str:
    for key in keys:
        (directory / key).parent.mkdir(parents=True, exist_ok=True)
        (directory / key).write_bytes(b"")
    return str(directory)


def keys_of(address: str, days: Days) -> list[str]:
    return [entry.key for entry in open_source(address, "*.csv", days).entries()]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (Days(FIRST, LAST), KEYS[1:3]),
        (Days(first=FIRST), (*KEYS[1:3], KEYS[4])),
        (Days(last=FIRST), KEYS[:2]),
        (ALL_DAYS, (*KEYS[:3], *KEYS[4:])),
    ],
)
def test_days_include_both_ends_and_may_be_open(tmp_path: Path, days: Days, expected: tuple[str, ...]) -> None:
    assert keys_of(written(tmp_path, *KEYS), days) == list(expected)


@pytest.mark.parametrize(
    ("key", "day"),
    [
        ("landing/2026-03-01/x/a.csv", FIRST),
        ("2026-03-01/2026-03-02/a.csv", FIRST),
        ("2026-13-01/2026-03-02/a.csv", LAST),
        ("20260301/a.csv", None),
        ("day=2026-03-01/a.csv", None),
        ("2026-03-01", None),
    ],
)
def test_day_of_a_file_is_its_outermost_folder_named_by_a_day(key: str, day: date | None) -> None:
    assert day_of(key) == day


def test_folders_without_days_are_refused_with_a_hint(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match=r"no folder that is named by a day, .* from 2026-03-01") as refused:
        keys_of(written(tmp_path, "march/a.csv", "a.csv"), Days(first=FIRST))
    assert "2026-03-01" in (refused.value.hint or "")


def test_days_without_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputInvalidError, match=r"holds no \*\.csv from 2026-03-01 to 2026-03-02 "):
        keys_of(written(tmp_path, "2026-04-01/a.csv"), Days(FIRST, LAST))


def test_first_day_after_last_day_is_refused() -> None:
    with pytest.raises(InputInvalidError, match="no day is from 2026-03-02 to 2026-03-01"):
        open_source("data", days=Days(LAST, FIRST))
