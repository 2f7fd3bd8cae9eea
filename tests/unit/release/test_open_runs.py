"""While a run is open no stage gets a release."""

from datetime import UTC, date, datetime, timedelta

import pytest

from labeler.errors import EXIT_RETRYABLE, RunOpenError
from labeler.ledger import RunRecord
from labeler.messages import RunState
from labeler.release.open_runs import require_none_open

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def run(state: RunState, day: int = 1) -> RunRecord:
    return RunRecord(
        run_id=f"daily-2026-03-{day:02d}",
        run_date=date(2026, 3, day),
        state=state,
        started_at=NOON + timedelta(days=day),
        deadline_at=NOON + timedelta(days=day, minutes=30),
    )


@pytest.mark.parametrize("state", [state for state in RunState if not state.is_published])
def test_error_names_each_open_run_with_its_deadline(state: RunState) -> None:
    with pytest.raises(RunOpenError, match=rf"daily-2026-03-02 \({state}, until 2026-03-03 12:30 UTC\)") as raised:
        require_none_open([run(RunState.COMPLETE, 1), run(state, 2)])
    assert raised.value.exit_code == EXIT_RETRYABLE
    assert "daily-2026-03-01" not in str(raised.value)


def test_published_runs_block_no_deployment() -> None:
    require_none_open([run(state) for state in RunState if state.is_published])
    require_none_open([])
