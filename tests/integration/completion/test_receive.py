"""Messages of the completion queue, as S3 and SQS deliver them: twice, in any order, late, among strangers."""

import json
import random
from typing import Any

from labeler import layout
from labeler.completion.receive import BatchOutcome, receive
from labeler.messages import RunState


def received(run: Any, event: dict[str, Any]) -> BatchOutcome:
    return receive(event, settings=run.stack.completion_settings, aws=run.stack.aws, now=run.now)


def failed(outcome: BatchOutcome) -> set[str]:
    return {failure["itemIdentifier"] for failure in outcome.response["batchItemFailures"]}


def test_s3_events_complete_a_run(run: Any) -> None:
    run.finish(1, 2, 3)
    assert run.stack.deliver_completions() >= 4  # three receipts, and S3's test event before them
    assert not run.stack.errors
    assert run.record.state is RunState.COMPLETE
    assert run.summary.rows_labeled == 3 * 98
    written = run.stack.functions.log("labeler-completion").read_text()
    assert '"RowsLabeled":[294.0]' in written.replace(" ", "")


def test_duplicate_receipts_in_any_order_count_once(make_run: Any) -> None:
    run = make_run(units=4)
    run.finish(1, 2, 3)
    order = [1, 2, 3] * 3
    random.Random(4).shuffle(order)
    for start in range(0, 9, 4):
        assert failed(received(run, run.event(*order[start : start + 4]))) == set()
    assert run.record.units_done == 3
    assert (run.record.rows_in, run.record.files_done) == (300, 30)
    assert run.record.state is RunState.RUNNING


def test_missing_and_invalid_receipts_fail_only_their_own_messages(run: Any) -> None:
    run.finish(1, 3)
    run.stack.runs.put(layout.receipt_key(run.run_id, 2), b"{")
    event = run.event(1, 2, 9, 3)
    assert failed(received(run, event)) == {"m1", "m2"}
    assert run.record.units_done == 2


def test_batch_of_failures_names_each_message(run: Any) -> None:
    assert failed(received(run, run.event(1, 2))) == {"m0", "m1"}


def test_receipt_under_the_key_of_another_unit_is_refused(run: Any) -> None:
    run.stack.runs.put(layout.receipt_key(run.run_id, 2), run.receipt(1).to_json().encode())
    assert failed(received(run, run.event(2))) == {"m0"}
    assert run.record.units_done == 0


def test_receipt_of_an_unknown_run_fails_only_its_own_message(run: Any, as_batch: Any) -> None:
    run.finish(1)
    stranger = run.receipt(1, run_id="daily-1999-01-01")
    run.stack.runs.put(layout.receipt_key("daily-1999-01-01", 1), stranger.to_json().encode())
    bodies = [run.event(1)["Records"][0]["body"]]
    bodies.append(bodies[0].replace(run.run_id, "daily-1999-01-01"))
    assert failed(received(run, as_batch(*bodies))) == {"m1"}
    assert run.record.units_done == 1


def test_s3_test_events_and_other_keys_are_accepted_and_ignored(run: Any, as_batch: Any) -> None:
    hello = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})
    summary = run.event(1)["Records"][0]["body"].replace("receipts/unit-00001.json", "summary.json")
    assert failed(received(run, as_batch(hello, summary))) == set()
    assert run.record.units_done == 0


def test_failed_publication_fails_no_message_and_the_next_tick_repeats_it(run: Any) -> None:
    run.finish(1, 2, 3)
    run.stack.runs.delete([layout.index_key(run.run_id)])
    assert failed(received(run, run.event(1, 2, 3))) == set()
    assert run.record.is_settled
    run.stack.runs.put(layout.index_key(run.run_id), run.index.to_json().encode())
    assert [summary.state for summary in run.tick().published] == [RunState.COMPLETE]


def test_last_receipt_publishes_and_a_late_duplicate_changes_nothing(run: Any) -> None:
    run.finish(1, 2, 3)
    first = received(run, run.event(3, 1, 2))
    assert [summary.generation for summary in first.published] == [1]
    before = run.published_bytes()
    assert received(run, run.event(1, 2, 3)).published == ()
    assert run.published_bytes() == before
    assert (run.record.state, run.record.generation) == (RunState.COMPLETE, 1)
