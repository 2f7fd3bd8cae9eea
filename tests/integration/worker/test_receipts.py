"""The receipt is written last and once: of two attempts at a unit the first receipt counts."""

from labeler import layout
from labeler_local.emulator.faults import Fault
from tests.integration.worker.calls import is_receipt_put
from tests.integration.worker.harness import Harness, Statements, Wait


def test_message_stays_when_the_receipt_cannot_be_written(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    harness.stack.faults.add(Fault(is_receipt_put, 403, "AccessDenied", times=1))

    (receipt,) = harness.work()

    assert receipt.receive_count == 2
    assert [failure.error for failure in harness.failures(unit)] == ["AccessDeniedError"]
    assert harness.is_empty


def test_unit_is_done_when_the_answer_to_its_receipt_is_lost(harness: Harness, statements: Statements) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    harness.stack.faults.add(Fault(is_receipt_put, 500, "InternalError", times=1, is_applied=True))

    harness.work()

    receipt = harness.receipt(unit)
    assert receipt is not None
    assert harness.outputs() == {output.key for output in (receipt.labels, receipt.quarantine) if output}
    assert harness.is_empty


def test_loser_of_the_receipt_race_deletes_its_own_outputs(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    (own,) = harness.work()
    assert own.labels is not None
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    other = own.labels.model_copy(update={"key": own.labels.key.replace(own.labels.sha256[:12], "0" * 12)})
    winner = own.model_copy(update={"labels": other, "worker_id": "the winner"})
    harness.stack.runs.delete([key])
    fault = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    harness.send(unit)

    with harness.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        harness.stack.labels.put(other.key, b"the winner's labels")
        assert harness.stack.runs.put_once(key, winner.to_json().encode())
        wait(lambda: harness.is_empty, what="the message is deleted")

    assert harness.receipt(unit) == winner
    assert harness.outputs() == {other.key}


def test_loser_of_the_receipt_race_deletes_nothing_when_its_outputs_are_the_same(
    harness: Harness, statements: Statements, wait: Wait
) -> None:
    unit = harness.unit(statements)
    harness.send(unit)
    (own,) = harness.work()
    key = layout.receipt_key(unit.run_id, unit.unit_id)
    harness.stack.runs.delete([key])
    fault = harness.stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    harness.send(unit)

    with harness.working():
        wait(lambda: fault.hits, what="the loser reaches for the receipt")
        assert harness.stack.runs.put_once(key, own.to_json().encode())
        wait(lambda: harness.is_empty, what="the message is deleted")

    assert own.labels is not None
    assert harness.outputs() == {own.labels.key}
