"""What a settled run publishes, whatever happens while it does."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from labeler import layout
from labeler.completion import publish as publishing
from labeler.messages import RunState


class KilledError(Exception):
    pass


def killed_at(stack: Any, call: int) -> Any:
    """From the `call`-th AWS call on, nothing leaves this process any more; gives the way back to life."""
    count, lock = [0], threading.Lock()

    def hook(**_: Any) -> None:
        with lock:
            count[0] += 1
            if count[0] >= call:
                raise KilledError

    clients = (stack.aws.s3, stack.aws.dynamodb, stack.aws.glue)
    for client in clients:
        client.meta.events.register("before-call", hook)

    def revived() -> int:
        for client in clients:
            client.meta.events.unregister("before-call", hook)
        return count[0]

    return revived


def test_a_complete_run_says_everything_of_itself(staged: Any) -> None:
    summary = staged.settled(done=(1, 2, 3)).publish()
    assert summary == staged.summary == staged.generation(1).summary
    assert (summary.state, summary.reasons, summary.generation) == (RunState.COMPLETE, (), 1)
    assert (summary.files, summary.files_labeled, summary.files_rejected, summary.files_failed) == (30, 27, 3, 0)
    assert (summary.rows_in, summary.rows_labeled, summary.rows_quarantined) == (300, 294, 6)
    assert summary.coverage == pytest.approx(0.98)
    assert summary.rejects == {"amount": 6, "file_empty": 3}
    assert summary.rejected_rows == {"amount": 6, "file_empty": 0}
    assert (summary.elapsed_s, summary.slack_s) == (180, 27 * 60)
    assert summary.files_per_second == pytest.approx(30 / 180)
    assert summary.stage_s == {"fetch": 1.5, "predict": 4.5}
    assert {output.key for output in staged.generation(1).labels} == staged.label_keys
    assert staged.record.finished_at == summary.finished_at
    [partition] = staged.partitions
    assert partition["Values"] == ["2026-03-02", staged.run_id]
    assert partition["StorageDescriptor"]["Location"] == summary.labels
    assert "parquet" in partition["StorageDescriptor"]["InputFormat"]


def test_nothing_is_published_before_all_units_are_settled(staged: Any) -> None:
    assert staged.settled(done=(1, 2)).publish() is None
    assert not staged.stack.runs.has(layout.summary_key(staged.run_id))


def test_a_run_without_units_is_complete(stage: Any) -> None:
    staged = stage(units=0)
    [summary] = staged.tick().published
    assert (summary.state, summary.coverage, summary.elapsed_s) == (RunState.COMPLETE, 1.0, 0)


@pytest.mark.parametrize(("tolerance", "state"), [(0.25, RunState.COMPLETE_WITH_FAILURES), (0.2499, RunState.FAILED)])
def test_the_tolerance_is_a_share_of_the_files_and_still_tolerated_itself(
    stage: Any, tolerance: float, state: RunState
) -> None:
    staged = stage(units=4, tolerance=tolerance).settled(done=(1, 2, 3), dead=(4,))
    summary = staged.publish()
    assert (summary.state, summary.files_failed, staged.record.state) == (state, 10, state)
    assert "10 of 40 files have no labels" in summary.reasons[0]
    assert summary.coverage == pytest.approx(0.98 * 3 / 4)
    assert len(staged.partitions) == (state is not RunState.FAILED)


def test_a_unit_that_does_not_add_up_fails_the_run_by_name(stage: Any) -> None:
    staged = stage()
    staged.finish(2, rows_labeled=97)
    summary = staged.settled(done=(1, 3)).publish()
    assert summary.state is RunState.FAILED
    assert "unit 2 read 100 rows, labeled 97, quarantined 2" in summary.reasons
    assert staged.partitions == []


def test_a_vanished_or_changed_output_fails_the_run_and_nothing_is_deleted(staged: Any) -> None:
    staged.settled(done=(1, 2, 3))
    gone, cut = staged.receipt(1).labels.key, staged.receipt(2).labels.key
    staged.stack.labels.delete([gone])
    staged.stack.labels.put(cut, b"cut")
    lost_race = staged.output(layout.LABELS, 3, b"another attempt", 5).key
    summary = staged.publish()
    assert summary.state is RunState.FAILED
    assert f"unit 1 names {gone}, which does not exist" in summary.reasons
    assert f"unit 2 names {cut} with 8 bytes, it has 3" in summary.reasons
    assert lost_race in staged.label_keys


def test_a_receipt_that_vanished_fails_the_run_by_name(staged: Any) -> None:
    staged.settled(done=(1, 2, 3))
    staged.stack.runs.delete([layout.receipt_key(staged.run_id, 2)])
    summary = staged.publish()
    assert summary.state is RunState.FAILED
    assert summary.reasons[0].startswith("unit 2 is done but its receipt can't be read")


def test_outputs_that_lost_the_race_are_deleted_and_those_of_units_without_receipt_are_not(stage: Any) -> None:
    """A worker given up for dead may still be about to write the receipt that names what it wrote."""
    staged = stage(tolerance=1)
    lost = [staged.output(kind, 1, b"other attempt", 5).key for kind in (layout.LABELS, layout.QUARANTINE)]
    pending = staged.output(layout.LABELS, 3, b"labels 3", 98).key
    day, samples = staged.record.run_date, layout.SAMPLES
    stray, own = (layout.output_key(samples, day, staged.run_id, unit, "f" * 64) for unit in (1, 3))
    for key in (stray, own):
        staged.stack.runs.put(key, b"a sample")
    staged.settled(done=(1, 2), dead=(3,)).publish()
    left = {key for key, _ in staged.stack.labels.sizes("")}
    assert left.isdisjoint(lost)
    assert pending in left
    assert len(left) == 5
    assert {key for key, _ in staged.stack.runs.sizes(f"{layout.SAMPLES}/")} == {own}
    staged.finish(3)
    assert [summary.state for summary in staged.tick().published] == [RunState.COMPLETE]


@pytest.mark.chaos
def test_a_publisher_that_dies_at_any_call_is_finished_by_the_next(stage: Any) -> None:
    def prepared(kind: str) -> Any:
        staged = stage(units=2, kind=kind, tolerance=1)
        staged.output(layout.LABELS, 1, b"lost race", 5)
        return staged.settled(done=(1,), dead=(2,))

    def comparable(staged: Any) -> list[bytes]:
        names = layout.summary_key(staged.run_id), layout.generation_key(staged.run_id, 1)
        objects = [staged.stack.runs.get(name) for name in names]
        return [body.replace(staged.run_id.encode(), b"RUN") for body in objects] + [
            str(len(staged.label_keys)).encode(),
            str(staged.record.model_copy(update={"run_id": ""})).encode(),
        ]

    whole = prepared("whole")
    assert whole.publish()
    expected, call = comparable(whole), 0
    while True:
        call += 1
        staged = prepared(f"crash{call}")
        revived = killed_at(staged.stack, call)
        try:
            staged.publish()
        except KilledError:
            pass
        finally:
            calls = revived()
        if calls < call:
            break
        staged.publish()
        assert comparable(staged) == expected, f"dead at call {call}"
    assert call > 12
    assert len(whole.partitions) == call + 1


@pytest.mark.chaos
@pytest.mark.usefixtures("one_call_at_a_time")
def test_racing_publishers_say_the_same_and_one_closes(staged: Any) -> None:
    staged.settled(done=(1, 2, 3))
    barrier = threading.Barrier(4)

    def one(_: int) -> Any:
        barrier.wait()
        return staged.publish()

    with ThreadPoolExecutor(4) as pool:
        closed = [summary for summary in pool.map(one, range(4)) if summary]
    assert len(closed) == 1
    assert staged.summary == closed[0] == staged.generation(1).summary
    assert len(staged.partitions) == 1
    assert staged.record.state is RunState.COMPLETE


def test_a_catalog_is_not_needed(staged: Any) -> None:
    staged.settled(done=(1, 2, 3))
    bare = staged.settings.model_copy(update={"glue_database": None})
    assert publishing.publish_settled(staged.run_id, settings=bare, aws=staged.stack.aws)
    assert staged.partitions == []
