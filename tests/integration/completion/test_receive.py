"""Messages of the completion queue, as S3 and SQS deliver them: twice, in any order, late, among strangers."""

import json
import random
from typing import Any

from labeler import layout
from labeler.completion.receive import BatchOutcome, receive
from labeler.messages import RunState


def received(staged: Any, event: dict[str, Any]) -> BatchOutcome:
    return receive(event, settings=staged.stack.completion_settings, aws=staged.stack.aws, now=staged.now)


def failed(outcome: BatchOutcome) -> set[str]:
    return {failure["itemIdentifier"] for failure in outcome.response["batchItemFailures"]}


def test_the_real_events_of_s3_complete_a_run(staged: Any) -> None:
    staged.finish(1, 2, 3)
    assert staged.stack.deliver_completions() >= 4  # three receipts, and S3's test event before them
    assert not staged.stack.errors
    assert staged.record.state is RunState.COMPLETE
    assert staged.summary.rows_labeled == 3 * 98
    written = staged.stack.functions.log("labeler-completion").read_text()
    assert '"RowsLabeled":[294.0]' in written.replace(" ", "")


def test_duplicates_in_any_order_count_once(stage: Any) -> None:
    staged = stage(units=4)
    staged.finish(1, 2, 3)
    order = [1, 2, 3] * 3
    random.Random(4).shuffle(order)
    for start in range(0, 9, 4):
        assert failed(received(staged, staged.event(*order[start : start + 4]))) == set()
    assert staged.record.units_done == 3
    assert (staged.record.rows_in, staged.record.files_done) == (300, 30)
    assert staged.record.state is RunState.RUNNING


def test_a_missing_and_a_garbled_receipt_fail_only_themselves(staged: Any) -> None:
    staged.finish(1, 3)
    staged.stack.runs.put(layout.receipt_key(staged.run_id, 2), b"{")
    event = staged.event(1, 2, 9, 3)
    assert failed(received(staged, event)) == {"m1", "m2"}
    assert staged.record.units_done == 2


def test_a_batch_that_fails_as_a_whole_names_each_message(staged: Any) -> None:
    assert failed(received(staged, staged.event(1, 2))) == {"m0", "m1"}


def test_a_receipt_under_another_units_key_is_refused(staged: Any) -> None:
    staged.stack.runs.put(layout.receipt_key(staged.run_id, 2), staged.receipt(1).to_json().encode())
    assert failed(received(staged, staged.event(2))) == {"m0"}
    assert staged.record.units_done == 0


def test_a_receipt_of_an_unknown_run_fails_only_itself(staged: Any, as_batch: Any) -> None:
    staged.finish(1)
    stranger = staged.receipt(1, run_id="daily-1999-01-01")
    staged.stack.runs.put(layout.receipt_key("daily-1999-01-01", 1), stranger.to_json().encode())
    bodies = [staged.event(1)["Records"][0]["body"]]
    bodies.append(bodies[0].replace(staged.run_id, "daily-1999-01-01"))
    assert failed(received(staged, as_batch(*bodies))) == {"m1"}
    assert staged.record.units_done == 1


def test_test_events_and_other_keys_are_accepted_and_ignored(staged: Any, as_batch: Any) -> None:
    hello = json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"})
    summary = staged.event(1)["Records"][0]["body"].replace("receipts/unit-00001.json", "summary.json")
    assert failed(received(staged, as_batch(hello, summary))) == set()
    assert staged.record.units_done == 0


def test_a_failing_publication_fails_no_message_and_is_done_by_the_next_tick(staged: Any) -> None:
    staged.finish(1, 2, 3)
    staged.stack.runs.delete([layout.index_key(staged.run_id)])
    assert failed(received(staged, staged.event(1, 2, 3))) == set()
    assert staged.record.is_settled
    staged.stack.runs.put(layout.index_key(staged.run_id), staged.index.to_json().encode())
    assert [summary.state for summary in staged.tick().published] == [RunState.COMPLETE]


def test_the_last_receipt_publishes_and_a_late_duplicate_changes_nothing(staged: Any) -> None:
    staged.finish(1, 2, 3)
    first = received(staged, staged.event(3, 1, 2))
    assert [summary.generation for summary in first.published] == [1]
    before = staged.published_bytes()
    assert received(staged, staged.event(1, 2, 3)).published == ()
    assert staged.published_bytes() == before
    assert (staged.record.state, staged.record.generation) == (RunState.COMPLETE, 1)
