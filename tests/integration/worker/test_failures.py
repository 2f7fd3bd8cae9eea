"""What becomes of a unit that fails, and of a worker on which every unit fails."""

import gzip
import hashlib

import pytest

from labeler.errors import AccessDeniedError, ContractMismatchError
from labeler_local.emulator.faults import Fault
from tests.integration.worker.calls import is_slice_get
from tests.integration.worker.harness import Harness, Statements, Wait


def test_unit_is_retried_after_a_pause_when_s3_throttles(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    harness.stack.faults.add(Fault(is_slice_get, times=1))

    (receipt,) = harness.work(harness.aws_without_retries, idle_exit_s=6)

    (failure,) = harness.failures(unit)
    assert failure.error == "ThrottledError"
    assert receipt.receive_count == 2
    assert (receipt.started_at - failure.failed_at).total_seconds() > 0.5, "it came back without a pause"


def test_reason_is_recorded_when_a_unit_fails_after_its_time_limit(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    harness.stack.faults.add(Fault(is_slice_get, 403, "AccessDenied", delay_s=2.5, times=1))

    with harness.working(unit_timeout_s=1):
        wait(lambda: harness.failures(unit), what="the failure is recorded")

    assert harness.failures(unit)[0].error == "AccessDeniedError"


def test_unit_that_always_fails_becomes_a_dead_letter_with_its_reason_recorded(
    harness: Harness, statements: Statements
) -> None:
    poison, sound = harness.unit(statements, 1), harness.unit(statements, 2)
    harness.stack.runs.put(poison.slice_key, b"not what the manifest wrote")
    harness.send(poison, sound)

    (receipt,) = harness.work()

    assert receipt.unit_id == 2
    assert (harness.dead, harness.visible) == (1, 0)
    failures = harness.failures(poison)
    assert [(failure.receive_count, failure.error) for failure in failures] == [
        (receive, "DigestMismatchError") for receive in (1, 2, 3)
    ]
    assert poison.slice_sha256[:12] in failures[0].reason
    assert harness.receipt(poison) is None


def test_bug_fails_only_its_unit_and_is_recorded_by_its_type(harness: Harness, statements: Statements) -> None:
    body = b"no gzip"
    poison = harness.sliced([], 1, slice_sha256=hashlib.sha256(body).hexdigest())
    harness.stack.runs.put(poison.slice_key, body)
    harness.send(poison, harness.unit(statements, 2))

    assert [receipt.unit_id for receipt in harness.work()] == [2]

    assert harness.dead == 1
    assert {failure.reason for failure in harness.failures(poison)} == {
        f"a bug: {gzip.BadGzipFile.__name__}, see the worker's log"
    }
    assert "slices.py" in harness.log.getvalue()


def test_a_message_that_is_no_work_unit_becomes_a_dead_letter(harness: Harness, statements: Statements) -> None:
    harness.send_text("hello")
    harness.send(harness.unit(statements))

    assert len(harness.work()) == 1
    assert harness.dead == 1


def test_a_missing_raw_bucket_fails_the_unit_and_not_its_files(harness: Harness, statements: Statements) -> None:
    harness.send(harness.unit(statements))

    assert harness.work(raw_bucket="no-such-bucket") == []

    assert not list(harness.stack.labels.sizes("quarantine/"))


def test_worker_with_other_features_returns_the_unit_and_exits(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    pins = harness.pins.model_copy(
        update={"model": harness.pins.model.model_copy(update={"features_digest": "0" * 64})}
    )
    unit = harness.unit(statements, pins=pins)
    harness.send(unit)

    with pytest.raises(ContractMismatchError, match="trained on features 000000000000"):
        harness.work()

    wait(lambda: harness.visible == 1, what="the unit is back")
    assert [failure.error for failure in harness.failures(unit)] == ["ContractMismatchError"]


def test_no_row_is_labeled_when_the_model_was_changed(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.stack.runs.put(unit.pins.model.key, b"another model")
    harness.send(unit)

    assert harness.work() == []

    assert harness.dead == 1
    assert {failure.error for failure in harness.failures(unit)} == {"DigestMismatchError"}
    assert harness.outputs() == set()


def test_worker_exits_when_every_unit_fails_and_leaves_the_rest_in_the_queue(
    harness: Harness, statements: Statements
) -> None:
    units = [harness.unit(statements, number) for number in range(1, 6)]
    harness.send(*units)
    harness.stack.faults.add(Fault(is_slice_get, 403, "AccessDenied"))

    with pytest.raises(AccessDeniedError):
        harness.work(failed_unit_delay_s=60)

    attributes = harness.stack.aws.sqs.get_queue_attributes(
        QueueUrl=harness.stack.worker_settings.work_queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "2", "two units wait for a healthier worker"
