import pytest

from labeler.cli import console
from labeler.cli.console import print_table
from labeler.cli.plan import seconds
from labeler.errors import InputInvalidError
from labeler.formatting import duration, number


@pytest.mark.parametrize(
    ("duration_s", "expected"),
    [(0, "0s"), (59.6, "1m 00s"), (125, "2m 05s"), (-125, "-2m 05s"), (3 * 3600 + 60, "3h 01m")],
)
def test_duration_is_formatted_like_a_clock(duration_s: float, expected: str) -> None:
    assert duration(duration_s) == expected


def test_large_number_has_thousands_separators() -> None:
    assert (number(1234567), number(1234.5)) == ("1,234,567", "1,234.50")


@pytest.mark.parametrize(("text", "value"), [("1800", 1800), ("30m", 1800), ("1.5h", 5400), (" 90s ", 90)])
def test_deadline_accepts_seconds_minutes_and_hours(text: str, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize("text", ["", "soon", "0", "-5m", "5d"])
def test_invalid_duration_is_refused_by_name(text: str) -> None:
    with pytest.raises(InputInvalidError, match="--deadline"):
        seconds(text)


def test_table_of_runs_fits_a_narrow_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", console.Console(width=80, highlight=False))
    columns = ("run", "state", "gen.", "started (UTC)", "units", "failed", "rows labeled", "model")
    print_table(
        "", columns, [("daily-2026-03-01", "COMPLETE WITH FAILURES", 1, "2026-03-01 05:00", "9/9", 0, 12345, "3")]
    )
    text = capsys.readouterr().out
    assert all(word in text for word in ("daily-2026-03-01", "COMPLETE", "FAILURES", "12,345", "2026-03-01"))


def test_no_cell_is_cut_off_whatever_the_width(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(console, "out", console.Console(width=60, highlight=False))
    print_table("", ("one", "two", "three"), [("a" * 30, "b" * 30, "c" * 30)])
    text = capsys.readouterr().out
    assert [text.count(letter) >= 30 for letter in "abc"] == [True] * 3
