"""The ledger's promises on DynamoDB: a unit counts once, whoever races; a generation is one settled state."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from labeler.aws import Aws
from labeler.errors import LabelerError, RunNotFoundError
from labeler.ledger import Ledger, RunRecord
from labeler.messages import DeadlineState, Forecast, RunState, UnitReceipt, UnitState

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
NEW_DEADLINE = T0 + timedelta(hours=5)
RUN = RunRecord(
    run_id="daily-2026-03-02",
    run_date=date(2026, 3, 2),
    state=RunState.PLANNING,
    started_at=T0,
    deadline_at=T0 + timedelta(minutes=30),
)


@pytest.fixture
def ledger(aws: Aws, table: str) -> Ledger:
    """With a run of three units."""
    ledger = Ledger(aws, table)
    assert ledger.open_run(RUN)
    ledger.start(RUN.model_copy(update={"files": 30, "size_bytes": 3000, "units": 3}))
    return ledger


def receipt(unit_id: int) -> UnitReceipt:
    return UnitReceipt(
        run_id=RUN.run_id,
        run_date=RUN.run_date,
        unit_id=unit_id,
        files=10,
        files_rejected=0,
        size_bytes=1000,
        rows_in=100,
        rows_labeled=98,
        rows_quarantined=2,
        rejects={},
        labels=None,
        quarantine=None,
        label_counts={},
        model_version="1",
        model_sha256="a" * 64,
        worker_id="w",
        receive_count=1,
        started_at=T0,
        finished_at=T0 + timedelta(minutes=1),
        stage_s={},
    )


def done(ledger: Ledger, *unit_ids: int) -> list[bool]:
    return [ledger.settle_done(receipt(unit_id), NEW_DEADLINE) for unit_id in unit_ids]


def fail(ledger: Ledger, unit_id: int) -> bool:
    return ledger.settle_failed(RUN.run_id, unit_id, reason="died", files=10, at=T0)


def together(count: int, call: Callable[[int], Any]) -> list[Any]:
    barrier = threading.Barrier(count)

    def one(number: int) -> Any:
        barrier.wait()
        return call(number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def test_a_run_opens_and_starts_once(ledger: Ledger) -> None:
    assert not ledger.open_run(RUN)
    ledger.start(RUN.model_copy(update={"units": 99}))
    assert (ledger.run(RUN.run_id).state, ledger.run(RUN.run_id).units) == (RunState.RUNNING, 3)
    with pytest.raises(RunNotFoundError):
        ledger.run("daily-1999-01-01")


def test_runs_are_listed_newest_first(ledger: Ledger) -> None:
    later = RUN.model_copy(update={"run_id": "daily-2026-03-03", "started_at": T0 + timedelta(days=1)})
    ledger.open_run(later)
    assert [run.run_id for run in ledger.runs()] == [later.run_id, RUN.run_id]


def test_a_receipt_counts_once(ledger: Ledger) -> None:
    assert done(ledger, 1, 1, 2, 1) == [True, False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.files_done, run.bytes_done) == (2, 20, 2000)
    assert (run.rows_in, run.rows_labeled, run.rows_quarantined) == (200, 196, 4)


@pytest.mark.chaos
def test_of_racing_settlers_of_one_unit_one_counts(ledger: Ledger) -> None:
    outcomes = together(6, lambda _: done(ledger, 1)[0])
    assert sorted(outcomes) == [False] * 5 + [True]
    assert ledger.run(RUN.run_id).rows_in == 100


@pytest.mark.chaos
def test_receipts_and_dead_letters_that_race_leave_each_unit_done_once(ledger: Ledger) -> None:
    order = [unit_id for unit_id in (1, 2, 3) for _ in range(3)]
    random.Random(1).shuffle(order)

    def settle(number: int) -> bool:
        return fail(ledger, order[number]) if number % 3 == 0 else done(ledger, order[number])[0]

    together(len(order), settle)
    done(ledger, 1, 2, 3)
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.units_failed, run.rows_in, run.files_done) == (3, 0, 300, 30)


def test_a_dead_letter_counts_once_and_never_beats_a_receipt(ledger: Ledger) -> None:
    done(ledger, 1)
    assert [fail(ledger, 1), fail(ledger, 2), fail(ledger, 2)] == [False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.units_done, run.units_failed) == (1, 1)
    assert [unit.state for unit in ledger.units(RUN.run_id)] == [UnitState.DONE, UnitState.FAILED]


def test_a_receipt_replaces_a_dead_letter(ledger: Ledger) -> None:
    fail(ledger, 1)
    assert done(ledger, 1) == [True]
    assert (ledger.run(RUN.run_id).units_done, ledger.run(RUN.run_id).units_failed) == (1, 0)
    unit = ledger.unit(RUN.run_id, 1)
    assert unit is not None
    assert (unit.state, unit.reason) == (UnitState.DONE, "")


def test_a_run_is_settled_when_every_unit_is(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    assert not ledger.run(RUN.run_id).is_settled
    fail(ledger, 3)
    assert ledger.run(RUN.run_id).is_settled


def test_closing_needs_the_state_that_was_read(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    seen = ledger.run(RUN.run_id)
    done(ledger, 3)
    assert not ledger.close(seen, RunState.COMPLETE_WITH_FAILURES, T0)
    assert ledger.close(ledger.run(RUN.run_id), RunState.COMPLETE, T0)
    assert not ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)


def test_a_receipt_of_a_published_run_opens_the_next_generation(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)
    done(ledger, 3, 3)
    run = ledger.run(RUN.run_id)
    assert (run.state, run.generation, run.deadline_at, run.finished_at) == (RunState.RUNNING, 2, NEW_DEADLINE, None)
    assert run.is_settled


def test_a_failed_unit_that_changes_before_all_are_settled_opens_no_generation(ledger: Ledger) -> None:
    fail(ledger, 1)
    fail(ledger, 2)
    done(ledger, 1)
    assert ledger.reopen_failed(RUN.run_id, 2, NEW_DEADLINE)
    assert ledger.run(RUN.run_id).generation == 1


@pytest.mark.parametrize("change", ["receipt", "redrive"])
def test_a_settled_state_keeps_its_number_for_whoever_is_publishing_it(ledger: Ledger, change: str) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    before = ledger.run(RUN.run_id)
    if change == "receipt":
        done(ledger, 3)
    else:
        assert ledger.reopen_failed(RUN.run_id, 3, NEW_DEADLINE)
    run = ledger.run(RUN.run_id)
    assert (run.state, run.generation, run.deadline_at) == (RunState.RUNNING, 2, before.deadline_at)


@pytest.mark.chaos
def test_a_failed_unit_that_changes_as_the_last_one_settles_keeps_generations_apart(ledger: Ledger) -> None:
    """Whatever comes first: no two settled states have one number."""
    fail(ledger, 1)
    done(ledger, 2)
    settled_at_once: list[int] = []

    def settle(number: int) -> None:
        done(ledger, 3 if number else 1)
        run = ledger.run(RUN.run_id)
        if run.is_settled:
            settled_at_once.append(run.generation * 10 + run.units_done)

    together(2, settle)
    by_generation = {entry // 10: entry % 10 for entry in settled_at_once}
    assert len(by_generation) == len(set(settled_at_once))
    assert ledger.run(RUN.run_id).units_done == 3


def test_a_redrive_reopens_failed_units_only(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)
    assert [ledger.reopen_failed(RUN.run_id, unit_id, NEW_DEADLINE) for unit_id in (1, 3, 3)] == [False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.state, run.generation, run.units_failed, run.deadline_at) == (RunState.RUNNING, 2, 0, NEW_DEADLINE)
    assert ledger.unit(RUN.run_id, 3) is None


def test_dead_letters_of_a_published_run_change_nothing(ledger: Ledger) -> None:
    done(ledger, 1, 2, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.COMPLETE, T0)
    assert not fail(ledger, 4)
    assert ledger.run(RUN.run_id).units_failed == 0


def test_forecasts_are_kept_in_their_order(ledger: Ledger) -> None:
    told = [
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
    for forecast in told:
        ledger.note_forecast(RUN.run_id, forecast)
    assert ledger.forecasts(RUN.run_id) == sorted(told, key=lambda forecast: forecast.at)
    assert ledger.units(RUN.run_id) == []


def test_vendors_errors_come_out_as_ours(aws: Aws) -> None:
    with pytest.raises(LabelerError):
        Ledger(aws, "no-such-table").run("daily-2026-03-02")
    with pytest.raises(LabelerError):
        Ledger(aws, "no-such-table").open_run(RUN)
