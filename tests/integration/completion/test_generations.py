"""A generation is one settled state of a run: written once, its summary never overwritten by an older one, followed by the next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion import publish as publishing
from labeler.completion.summary_and_catalog import write_summary
from labeler.messages import RunState


@pytest.mark.chaos
def test_receipt_during_publication_of_its_unit_as_failed_opens_the_next_generation(
    make_run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(units=4, tolerance=1).settled(done=(1, 2, 3), dead=(4,))

    def write_summary_late(summary: Any, **places: Any) -> None:
        run.finish(4)
        run.settlement().settle_unreported_receipts(run.run_id)
        write_summary(summary, **places)

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "write_summary", write_summary_late)
        assert run.publish() is None
    assert (run.record.state, run.record.generation) == (RunState.RUNNING, 2)
    [summary] = run.tick().published
    assert (summary.generation, summary.state, summary.rows_in) == (2, RunState.COMPLETE, 400)
    assert run.generation(1).summary.units_failed == 1
    assert run.summary == summary


@pytest.mark.chaos
def test_late_receipt_opens_a_generation_with_a_new_deadline(make_run: Any) -> None:
    run = make_run(tolerance=1).settled(done=(1, 2), dead=(3,))
    run.publish()
    run.now += timedelta(hours=5)
    run.finish(3)
    run.settlement().settle_receipt(layout.receipt_key(run.run_id, 3))
    assert run.record.deadline_at == run.now + timedelta(seconds=run.settings.deadline_s)
    [summary] = run.tick().published
    assert (summary.generation, summary.state, summary.units_failed) == (2, RunState.COMPLETE, 0)
    assert len(run.generation(2).labels) == 3
    assert len(run.partitions) == 1


def test_written_generation_keeps_its_state_when_settings_change(make_run: Any) -> None:
    run = make_run(tolerance=1).settled(done=(1, 2), dead=(3,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publishing, "write_summary", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            run.publish()
    run.tolerance = 0.0
    assert run.publish().state is RunState.COMPLETE_WITH_FAILURES
    assert run.summary == run.generation(1).summary


def test_overtaken_publisher_does_not_restore_an_older_summary(make_run: Any) -> None:
    run = make_run(tolerance=1).settled(done=(1, 2), dead=(3,))
    old = run.publish()
    run.finish(3)
    run.settlement().settle_unreported_receipts(run.run_id)
    new = run.publish()
    write_summary(old, settings=run.settings, aws=run.stack.aws)
    assert run.summary == new


def test_newest_generation_wins_when_summaries_are_written_concurrently(run: Any) -> None:
    base = run.settled(done=(1, 2, 3)).publish()
    generations = [base.model_copy(update={"generation": number}) for number in (5, 2, 7, 3, 6, 4)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda s: write_summary(s, settings=run.settings, aws=run.stack.aws), generations))
    assert run.summary.generation == 7
