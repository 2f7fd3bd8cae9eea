"""A generation is one settled state of a run: written once, announced in order, followed by the next."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from labeler import layout
from labeler.completion import publish as publishing
from labeler.completion.announce import announce
from labeler.messages import RunState


@pytest.mark.chaos
def test_a_receipt_that_comes_while_its_unit_is_published_as_failed_opens_the_next_generation(
    stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    staged = stage(units=4, tolerance=1).settled(done=(1, 2, 3), dead=(4,))

    def announced_late(summary: Any, **places: Any) -> None:
        staged.finish(4)
        staged.settlement().settle_listed(staged.run_id)
        announce(summary, **places)

    with monkeypatch.context() as patched:
        patched.setattr(publishing, "announce", announced_late)
        assert staged.publish() is None
    assert (staged.record.state, staged.record.generation) == (RunState.RUNNING, 2)
    [summary] = staged.tick().published
    assert (summary.generation, summary.state, summary.rows_in) == (2, RunState.COMPLETE, 400)
    assert staged.generation(1).summary.units_failed == 1
    assert staged.summary == summary


@pytest.mark.chaos
def test_a_late_receipt_opens_a_generation_with_a_new_deadline(stage: Any) -> None:
    staged = stage(tolerance=1).settled(done=(1, 2), dead=(3,))
    staged.publish()
    staged.now += timedelta(hours=5)
    staged.finish(3)
    staged.settlement().settle_receipt(layout.receipt_key(staged.run_id, 3))
    assert staged.record.deadline_at == staged.now + timedelta(seconds=staged.settings.deadline_s)
    [summary] = staged.tick().published
    assert (summary.generation, summary.state, summary.units_failed) == (2, RunState.COMPLETE, 0)
    assert len(staged.generation(2).labels) == 3
    assert len(staged.partitions) == 1


def test_a_generation_once_written_stays_whatever_is_deployed_meanwhile(stage: Any) -> None:
    staged = stage(tolerance=1).settled(done=(1, 2), dead=(3,))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(publishing, "announce", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            staged.publish()
    staged.tolerance = 0.0
    assert staged.publish().state is RunState.COMPLETE_WITH_FAILURES
    assert staged.summary == staged.generation(1).summary


def test_an_overtaken_publisher_does_not_put_an_older_summary_back(stage: Any) -> None:
    staged = stage(tolerance=1).settled(done=(1, 2), dead=(3,))
    old = staged.publish()
    staged.finish(3)
    staged.settlement().settle_listed(staged.run_id)
    new = staged.publish()
    announce(old, settings=staged.settings, aws=staged.stack.aws)
    assert staged.summary == new


def test_of_racing_announcements_the_newest_generation_stays(staged: Any) -> None:
    base = staged.settled(done=(1, 2, 3)).publish()
    generations = [base.model_copy(update={"generation": number}) for number in (5, 2, 7, 3, 6, 4)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda s: announce(s, settings=staged.settings, aws=staged.stack.aws), generations))
    assert staged.summary.generation == 7
