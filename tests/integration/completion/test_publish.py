"""What a settled run publishes, and when it counts as failed."""

from typing import Any

import pytest

from labeler import layout
from labeler.completion import publish as publishing
from labeler.messages import RunState


def test_summary_of_a_complete_run_has_every_figure(run: Any) -> None:
    summary = run.settled(done=(1, 2, 3)).publish()
    assert summary == run.summary == run.generation(1).summary
    assert (summary.state, summary.reasons, summary.generation) == (RunState.COMPLETE, (), 1)
    assert (summary.files, summary.files_labeled, summary.files_rejected, summary.files_failed) == (30, 27, 3, 0)
    assert (summary.rows_in, summary.rows_labeled, summary.rows_quarantined) == (300, 294, 6)
    assert summary.coverage == pytest.approx(0.98)
    assert summary.rejects == {"amount": 6, "file_empty": 3}
    assert summary.rejected_rows == {"amount": 6, "file_empty": 0}
    assert (summary.elapsed_s, summary.slack_s) == (180, 27 * 60)
    assert summary.files_per_second == pytest.approx(30 / 180)
    assert summary.stage_s == {"fetch": 1.5, "predict": 4.5}
    assert {output.key for output in run.generation(1).labels} == run.label_keys
    assert run.record.finished_at == summary.finished_at
    [partition] = run.partitions
    assert partition["Values"] == ["2026-03-02", run.run_id]
    assert partition["StorageDescriptor"]["Location"] == summary.labels
    assert "parquet" in partition["StorageDescriptor"]["InputFormat"]


def test_nothing_is_published_before_all_units_are_settled(run: Any) -> None:
    assert run.settled(done=(1, 2)).publish() is None
    assert not run.stack.runs.has(layout.summary_key(run.run_id))


def test_run_without_units_is_complete(make_run: Any) -> None:
    run = make_run(units=0)
    [summary] = run.tick().published
    assert (summary.state, summary.coverage, summary.elapsed_s) == (RunState.COMPLETE, 1.0, 0)


@pytest.mark.parametrize(("tolerance", "state"), [(0.25, RunState.COMPLETE_WITH_FAILURES), (0.2499, RunState.FAILED)])
def test_failed_files_up_to_and_including_the_tolerance_do_not_fail_the_run(
    make_run: Any, tolerance: float, state: RunState
) -> None:
    run = make_run(units=4, tolerance=tolerance).settled(done=(1, 2, 3), dead=(4,))
    summary = run.publish()
    assert (summary.state, summary.files_failed, run.record.state) == (state, 10, state)
    assert "10 of 40 files have no labels" in summary.reasons[0]
    assert summary.coverage == pytest.approx(0.98 * 3 / 4)
    assert len(run.partitions) == (state is not RunState.FAILED)


def test_unit_that_does_not_reconcile_fails_the_run_and_is_named(make_run: Any) -> None:
    run = make_run()
    run.finish(2, rows_labeled=97)
    summary = run.settled(done=(1, 3)).publish()
    assert summary.state is RunState.FAILED
    assert "unit 2 read 100 rows, labeled 97, quarantined 2" in summary.reasons
    assert run.partitions == []


def test_missing_or_changed_output_fails_the_run_and_deletes_nothing(run: Any) -> None:
    run.settled(done=(1, 2, 3))
    gone, cut = run.receipt(1).labels.key, run.receipt(2).labels.key
    run.stack.labels.delete([gone])
    run.stack.labels.put(cut, b"cut")
    lost_race = run.output(layout.LABELS, 3, b"another attempt", 5).key
    summary = run.publish()
    assert summary.state is RunState.FAILED
    assert f"unit 1 names {gone}, which does not exist" in summary.reasons
    assert f"unit 2 names {cut} with 8 bytes, it has 3" in summary.reasons
    assert lost_race in run.label_keys


def test_missing_receipt_fails_the_run_and_is_named(run: Any) -> None:
    run.settled(done=(1, 2, 3))
    run.stack.runs.delete([layout.receipt_key(run.run_id, 2)])
    summary = run.publish()
    assert summary.state is RunState.FAILED
    assert summary.reasons[0].startswith("unit 2 is done but its receipt can't be read")


def test_publication_deletes_outputs_of_lost_attempts_but_keeps_those_of_units_without_receipt(make_run: Any) -> None:
    """A worker given up for dead may still be about to write the receipt that names what it wrote."""
    run = make_run(tolerance=1)
    lost = [run.output(kind, 1, b"other attempt", 5).key for kind in (layout.LABELS, layout.QUARANTINE)]
    pending = run.output(layout.LABELS, 3, b"labels 3", 98).key
    day, samples = run.record.run_date, layout.SAMPLES
    stray, own = (layout.output_key(samples, day, run.run_id, unit, "f" * 64) for unit in (1, 3))
    for key in (stray, own):
        run.stack.runs.put(key, b"a sample")
    run.settled(done=(1, 2), dead=(3,)).publish()
    left = {key for key, _ in run.stack.labels.sizes("")}
    assert left.isdisjoint(lost)
    assert pending in left
    assert len(left) == 5
    assert {key for key, _ in run.stack.runs.sizes(f"{layout.SAMPLES}/")} == {own}
    run.finish(3)
    assert [summary.state for summary in run.tick().published] == [RunState.COMPLETE]


def test_run_is_published_without_a_catalog(run: Any) -> None:
    run.settled(done=(1, 2, 3))
    bare = run.settings.model_copy(update={"glue_database": None})
    assert publishing.publish_settled(run.run_id, settings=bare, aws=run.stack.aws)
    assert run.partitions == []
