"""The ledger on DynamoDB: a unit counts once, whoever races."""

import random
from datetime import timedelta

import pytest

from labeler.aws import Aws
from labeler.errors import LabelerError, RunNotFoundError
from labeler.ledger import Ledger
from labeler.messages import RunState, UnitState
from labeler.published import DeadlineState, Forecast
from tests.integration.ledger.three_units import RUN, T0, done, fail, together


def test_run_opens_and_starts_once(ledger: Ledger) -> None:
    assert not ledger.open_run(RUN)
    ledger.start(RUN.model_copy(update={"units": 99}))
    assert (ledger.run(RUN.run_id).state, ledger.run(RUN.run_id).units) == (RunState.RUNNING, 3)
    with pytest.raises(RunNotFoundError):
        ledger.run("daily-1999-01-01")


def test_runs_are_listed_newest_first(ledger: Ledger) -> None:
    later = RUN.model_copy(update={"run_id": "daily-2026-03-03", "started_at": T0 + timedelta(days=1)})
    ledger.open_run(later)
    assert [run.run_id for run in ledger.runs()] == [later.run_id, RUN.run_id]


def test_receipt_counts_once(ledger: Ledger) -> None:
    assert done(ledger, 1, 1, 2, 1) == [True, False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.files_done, run.bytes_done) == (2, 20, 2000)
    assert (run.rows_in, run.rows_labeled, run.rows_quarantined) == (200, 196, 4)


@pytest.mark.chaos
def test_exactly_one_of_several_racing_receipts_of_a_unit_counts(ledger: Ledger) -> None:
    outcomes = together(6, lambda _: done(ledger, 1)[0])
    assert sorted(outcomes) == [False] * 5 + [True]
    assert ledger.run(RUN.run_id).rows_in == 100


@pytest.mark.chaos
def test_racing_receipts_and_dead_letters_leave_each_unit_done_once(ledger: Ledger) -> None:
    order = [unit_id for unit_id in (1, 2, 3) for _ in range(3)]
    random.Random(1).shuffle(order)

    def settle(number: int) -> bool:
        return fail(ledger, order[number]) if number % 3 == 0 else done(ledger, order[number])[0]

    together(len(order), settle)
    done(ledger, 1, 2, 3)
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.units_failed, run.rows_in, run.files_done) == (3, 0, 300, 30)


def test_dead_letter_counts_once_and_never_beats_a_receipt(ledger: Ledger) -> None:
    done(ledger, 1)
    assert [fail(ledger, 1), fail(ledger, 2), fail(ledger, 2)] == [False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.units_failed) == (1, 1)
    assert [unit.state for unit in ledger.units(RUN.run_id)] == [UnitState.DONE, UnitState.FAILED]


def test_receipt_replaces_a_dead_letter(ledger: Ledger) -> None:
    fail(ledger, 1)
    assert done(ledger, 1) == [True]
    assert (ledger.run(RUN.run_id).units_done, ledger.run(RUN.run_id).units_failed) == (1, 0)
    unit = ledger.unit(RUN.run_id, 1)
    assert unit is not None
    assert (unit.state, unit.reason) == (UnitState.DONE, "")


def test_forecasts_are_returned_in_order_of_time(ledger: Ledger) -> None:
    recorded = [
        Forecast(
            at=T0 + timedelta(minutes=minute),
            state=DeadlineState.ON_TRACK,
            eta_at=None,
            eta_low_at=None,
            eta_high_at=None,
            slack_s=None,
            workers_active=0,
            workers_needed=1,
            units_left=3,
            bytes_per_worker_s=None,
        )
        for minute in (2, 0, 1)
    ]
    for forecast in recorded:
        ledger.record_forecast(RUN.run_id, forecast)
    assert ledger.forecasts(RUN.run_id) == sorted(recorded, key=lambda forecast: forecast.at)
    assert ledger.units(RUN.run_id) == []


def test_dynamodb_errors_are_translated(aws: Aws) -> None:
    with pytest.raises(LabelerError):
        Ledger(aws, "no-such-table").run("daily-2026-03-02")
    with pytest.raises(LabelerError):
        Ledger(aws, "no-such-table").open_run(RUN)
