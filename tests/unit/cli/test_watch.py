"""What `labeler run watch` shows of an open run."""

import io
from collections import Counter
from datetime import timedelta

import pytest
from rich.console import Console

from labeler.cli.watch import SettledUnits, progress_view
from labeler.ledger import RunRecord
from labeler.published import DeadlineState, Forecast
from tests.unit.monitoring.example_receipts import T0, forecast
from tests.unit.monitoring.example_run import run_data

RUN = run_data(is_open=True).run.model_copy(
    update={"rows_quarantined": 1120, "rows_labeled": 27_198_880, "files_done": 160_000}
)
SETTLED = SettledUnits(
    rejected_rows=Counter(
        row_not_a_date=720, row_out_of_range=400, row_field_count=90, file_empty=80, file_truncated=2
    ),
    workers=Counter({f"labeler-worker-{number}": 5 for number in range(12)}),
)


def shown(
    run: RunRecord, forecast_record: Forecast | None, settled: SettledUnits = SETTLED, *, width: int = 80
) -> list[str]:
    console = Console(file=io.StringIO(), width=width, color_system=None)
    console.print(progress_view(run, forecast_record, settled, now=T0 + timedelta(seconds=900)))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_watch_fits_one_screen_of_80_columns() -> None:
    lines = shown(RUN, forecast(840, 1200, 60))
    text = "\n".join(lines)
    assert len(lines) <= 10
    assert all(len(line) <= 80 for line in lines)
    for expected in (
        "daily-2026-03-02  running, for 15m 00s",
        "80/120 units 67%",
        "05:20:00 UTC (05:19:00 to 05:21:00)",
        "10m 00s, on track, deadline 05:30:00 UTC",
        "12 active, 9 needed; 12 have settled units",
        "27,198,880 labeled, 178 files/s",
        "1,120 rows: row_not_a_date 720, row_out_of_range 400, +3 more",
    ):
        assert expected in text, text


def test_watch_marks_unknown_values() -> None:
    new = RUN.model_copy(update={"units": 0, "units_done": 0, "rows_quarantined": 0})
    text = "\n".join(shown(new, None, SettledUnits()))
    assert text.count("not known yet") == 3
    assert "0 rows" in text


def test_watch_shows_a_late_run_and_its_failed_units() -> None:
    late = RUN.model_copy(update={"units_failed": 2})
    text = "\n".join(shown(late, forecast(840, 2000, 60, DeadlineState.LATE)))
    assert "-3m 20s, late" in text
    assert "2 units: `labeler run status` says why" in text


@pytest.mark.parametrize("width", [40, 60, 120])
def test_watch_is_never_wider_than_the_terminal(width: int) -> None:
    assert all(len(line) <= width for line in shown(RUN, forecast(840, 1200, 60), width=width))
