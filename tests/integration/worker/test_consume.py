"""From a message to a receipt, and what becomes of a message that can't be worked on."""

import gzip
import hashlib
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from labeler import layout
from labeler.errors import AccessDeniedError, ContractMismatchError
from labeler_local.emulator.faults import Call, Fault

if TYPE_CHECKING:
    from tests.integration.worker.conftest import Line

Statements = dict[str, bytes]


def is_receipt_put(call: Call) -> bool:
    return call.method == "PUT" and "/receipts/" in call.path


def is_slice_get(call: Call) -> bool:
    return call.method == "GET" and "/slices/" in call.path


def test_a_unit_is_labeled_then_receipted_then_its_message_deleted(line: "Line", statements: Statements) -> None:
    unit = line.unit({**statements, "empty.csv": b""})
    line.send(unit)

    (receipt,) = line.work()

    assert receipt == line.receipt(unit)
    assert (receipt.files, receipt.files_rejected, receipt.size_bytes) == (13, 1, unit.size_bytes)
    assert receipt.rows_in == receipt.rows_labeled == sum(body.count(b"\n") - 1 for body in statements.values())
    assert (receipt.rejects, receipt.rejected_rows) == ({"file_empty": 1}, {"file_empty": 0})
    assert (receipt.model_version, receipt.model_sha256) == (unit.pins.model.version, unit.pins.model.sha256)
    assert (receipt.worker_id, receipt.receive_count) == ("here", 1)
    labels, quarantine = line.rows(receipt.labels), line.rows(receipt.quarantine)
    assert len({(row["file_key"], row["row_number"]) for row in labels}) == receipt.rows_labeled
    assert [row["file_key"].rpartition("/")[2] for row in quarantine] == ["empty.csv"]
    assert {row["model_version"] for row in labels} == {unit.pins.model.version}
    for output in (receipt.labels, receipt.quarantine):
        assert output is not None
        assert hashlib.sha256(line.stack.labels.get(output.key)).hexdigest() == output.sha256
    assert line.is_empty


def test_the_blocks_of_a_unit_give_the_same_rows_as_the_whole(line: "Line", statements: Statements) -> None:
    whole, in_blocks = line.unit(statements, 1), line.unit(statements, 2)
    line.send(whole)
    (one,) = line.work()
    line.send(in_blocks)
    (many,) = line.work(block_bytes=30_000, predict_block_rows=100)

    assert many.labels is not None
    assert line.rows(many.labels) == line.rows(one.labels)
    assert (many.rows_in, many.label_counts) == (one.rows_in, one.label_counts)


def test_a_unit_whose_receipt_exists_is_acknowledged_without_work(line: "Line", statements: Statements) -> None:
    unit = line.unit(statements)
    line.send(unit)
    (first,) = line.work()
    reads = line.stack.faults.add(Fault(lambda call: call.path.startswith("/labeler-raw/"), status=None))
    line.send(unit, unit)

    assert line.work() == []

    assert line.is_empty
    assert reads.hits == 0
    assert line.receipt(unit) == first


def test_without_its_receipt_a_units_message_stays(line: "Line", statements: Statements) -> None:
    unit = line.unit(statements)
    line.send(unit)
    line.stack.faults.add(Fault(is_receipt_put, 403, "AccessDenied", times=1))

    (receipt,) = line.work()

    assert receipt.receive_count == 2
    assert [failure.error for failure in line.failures(unit)] == ["AccessDeniedError"]
    assert line.is_empty


def test_an_error_that_may_pass_sends_the_unit_back_for_later(line: "Line", statements: Statements) -> None:
    unit = line.unit(statements)
    line.send(unit)
    line.stack.faults.add(Fault(is_slice_get, times=1))

    (receipt,) = line.work(line.impatient, idle_exit_s=6)

    (failure,) = line.failures(unit)
    assert failure.error == "ThrottledError"
    assert receipt.receive_count == 2
    assert (receipt.started_at - failure.failed_at).total_seconds() > 0.5, "it came back without a pause"


def test_a_poison_unit_becomes_a_dead_letter_with_its_reason_recorded(line: "Line", statements: Statements) -> None:
    poison, sound = line.unit(statements, 1), line.unit(statements, 2)
    line.stack.runs.put(poison.slice_key, b"not what the manifest wrote")
    line.send(poison, sound)

    (receipt,) = line.work()

    assert receipt.unit_id == 2
    assert (line.dead, line.visible) == (1, 0)
    failures = line.failures(poison)
    assert [(failure.receive_count, failure.error) for failure in failures] == [
        (receive, "DigestMismatchError") for receive in (1, 2, 3)
    ]
    assert poison.slice_sha256[:12] in failures[0].reason
    assert line.receipt(poison) is None


def test_a_bug_is_recorded_by_its_kind_and_kept_from_the_other_units(line: "Line", statements: Statements) -> None:
    body = b"no gzip"
    poison = line.sliced([], 1, slice_sha256=hashlib.sha256(body).hexdigest())
    line.stack.runs.put(poison.slice_key, body)
    line.send(poison, line.unit(statements, 2))

    assert [receipt.unit_id for receipt in line.work()] == [2]

    assert line.dead == 1
    assert {failure.reason for failure in line.failures(poison)} == {
        f"a bug: {gzip.BadGzipFile.__name__}, see the worker's log"
    }
    assert "slices.py" in line.log.getvalue()


def test_a_message_that_is_no_work_unit_becomes_a_dead_letter(line: "Line", statements: Statements) -> None:
    line.send_text("hello")
    line.send(line.unit(statements))

    assert len(line.work()) == 1
    assert line.dead == 1


def test_a_worker_of_other_code_leaves_the_unit_to_a_right_one(
    line: "Line", statements: Statements, wait: Callable[..., None]
) -> None:
    pins = line.pins.model_copy(update={"model": line.pins.model.model_copy(update={"features_digest": "0" * 64})})
    unit = line.unit(statements, pins=pins)
    line.send(unit)

    with pytest.raises(ContractMismatchError, match="trained on features 000000000000"):
        line.work()

    wait(lambda: line.visible == 1, what="the unit is back")
    assert [failure.error for failure in line.failures(unit)] == ["ContractMismatchError"]


def test_a_changed_model_labels_no_row(line: "Line", statements: Statements) -> None:
    unit = line.unit(statements)
    line.stack.runs.put(unit.pins.model.key, b"another model")
    line.send(unit)

    assert line.work() == []

    assert line.dead == 1
    assert {failure.error for failure in line.failures(unit)} == {"DigestMismatchError"}
    assert line.outputs() == set()


def test_a_lost_answer_to_the_receipt_costs_nothing(line: "Line", statements: Statements) -> None:
    unit = line.unit(statements)
    line.send(unit)
    line.stack.faults.add(Fault(is_receipt_put, 500, "InternalError", times=1, is_applied=True))

    line.work()

    receipt = line.receipt(unit)
    assert receipt is not None
    assert line.outputs() == {output.key for output in (receipt.labels, receipt.quarantine) if output}
    assert line.is_empty


def test_who_loses_the_race_for_the_receipt_takes_its_own_outputs_away(
    line: "Line", statements: Statements, wait: Callable[..., None]
) -> None:
    unit = line.unit(statements)
    line.send(unit)
    (own,) = line.work()
    assert own.labels is not None
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    other = own.labels.model_copy(update={"key": own.labels.key.replace(own.labels.sha256[:12], "0" * 12)})
    winner = own.model_copy(update={"labels": other, "worker_id": "the winner"})
    line.stack.runs.delete([key])
    fault = line.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    line.send(unit)

    with line.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        line.stack.labels.put(other.key, b"the winner's labels")
        assert line.stack.runs.put_once(key, winner.to_json().encode())
        wait(lambda: line.is_empty, what="the message is deleted")

    assert line.receipt(unit) == winner
    assert line.outputs() == {other.key}


def test_who_loses_the_race_with_the_same_bytes_takes_nothing_away(
    line: "Line", statements: Statements, wait: Callable[..., None]
) -> None:
    unit = line.unit(statements)
    line.send(unit)
    (own,) = line.work()
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    line.stack.runs.delete([key])
    fault = line.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    line.send(unit)

    with line.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        assert line.stack.runs.put_once(key, own.to_json().encode())
        wait(lambda: line.is_empty, what="the message is deleted")

    assert own.labels is not None
    assert line.outputs() == {own.labels.key}


def test_a_worker_on_which_every_unit_fails_leaves_before_it_spoils_the_rest(
    line: "Line", statements: Statements
) -> None:
    units = [line.unit(statements, number) for number in range(1, 6)]
    line.send(*units)
    line.stack.faults.add(Fault(is_slice_get, 403, "AccessDenied"))

    with pytest.raises(AccessDeniedError):
        line.work(failed_unit_delay_s=60)

    attributes = line.stack.aws.sqs.get_queue_attributes(
        QueueUrl=line.stack.worker_settings.work_queue_url, AttributeNames=["ApproximateNumberOfMessages"]
    )
    assert attributes["Attributes"]["ApproximateNumberOfMessages"] == "2", "two units wait for a healthier worker"


def test_a_worker_whose_queue_never_answers_says_so(line: "Line") -> None:
    line.stack.faults.add(Fault(lambda call: call.action == "ReceiveMessage", 403, "AccessDenied"))

    with pytest.raises(AccessDeniedError):
        line.work()


def test_a_missing_raw_bucket_fails_the_unit_and_not_its_files(line: "Line", statements: Statements) -> None:
    line.send(line.unit(statements))

    assert line.work(raw_bucket="no-such-bucket") == []

    assert not list(line.stack.labels.sizes("quarantine/"))
