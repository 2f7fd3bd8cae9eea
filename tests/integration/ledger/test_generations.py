"""A generation is one settled state of a run: whatever changes a settled run opens the next one."""

import pytest

from labeler.ledger import Ledger
from labeler.messages import RunState
from tests.integration.ledger.three_units import NEW_DEADLINE, RUN, T0, done, fail, together


def test_run_is_settled_when_every_unit_is(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    assert not ledger.run(RUN.run_id).is_settled
    fail(ledger, 3)
    assert ledger.run(RUN.run_id).is_settled


def test_close_fails_when_the_run_changed_since_it_was_read(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    seen = ledger.run(RUN.run_id)
    done(ledger, 3)
    assert not ledger.close(seen, RunState.COMPLETE_WITH_FAILURES, T0)
    assert ledger.close(ledger.run(RUN.run_id), RunState.COMPLETE, T0)
    assert not ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)


def test_receipt_of_a_published_run_opens_the_next_generation(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)
    done(ledger, 3, 3)
    run = ledger.run(RUN.run_id)
    assert (run.state, run.generation, run.deadline_at, run.finished_at) == (RunState.RUNNING, 2, NEW_DEADLINE, None)
    assert run.is_settled


def test_failed_unit_that_changes_before_all_are_settled_opens_no_generation(ledger: Ledger) -> None:
    fail(ledger, 1)
    fail(ledger, 2)
    done(ledger, 1)
    assert ledger.reopen_failed(RUN.run_id, 2, NEW_DEADLINE)
    assert ledger.run(RUN.run_id).generation == 1


@pytest.mark.parametrize("change", ["receipt", "redrive"])
def test_change_of_a_settled_run_opens_the_next_generation_and_keeps_its_deadline(ledger: Ledger, change: str) -> None:
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
def test_no_two_settled_states_share_a_generation_when_the_last_units_race(ledger: Ledger) -> None:
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


def test_redrive_reopens_only_failed_units(ledger: Ledger) -> None:
    done(ledger, 1, 2)
    fail(ledger, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.FAILED, T0)
    assert [ledger.reopen_failed(RUN.run_id, unit_id, NEW_DEADLINE) for unit_id in (1, 3, 3)] == [False, True, False]
    run = ledger.run(RUN.run_id)
    assert (run.state, run.generation, run.units_failed, run.deadline_at) == (RunState.RUNNING, 2, 0, NEW_DEADLINE)
    assert ledger.unit(RUN.run_id, 3) is None


def test_dead_letter_of_a_published_run_changes_nothing(ledger: Ledger) -> None:
    done(ledger, 1, 2, 3)
    ledger.close(ledger.run(RUN.run_id), RunState.COMPLETE, T0)
    assert not fail(ledger, 4)
    assert ledger.run(RUN.run_id).units_failed == 0
