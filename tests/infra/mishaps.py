"""What happens to a recorded day: other writers, lost races, lost events, objects of nobody."""

import threading
import time
from datetime import date
from typing import TYPE_CHECKING

from labeler import layout
from labeler.manifest.dispatch import work_units
from labeler.messages import OutputObject, UnitReceipt
from labeler.run_index import RunIndex
from labeler_local.emulator.faults import Call, Fault

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.infra.recorder import Actors


def conflict(part: str) -> Fault:
    """S3's 409 to one conditional write: another one was in flight, and the writer checks who won."""
    return Fault(
        lambda call: call.service == "s3" and call.method == "PUT" and part in call.path,
        409,
        "ConditionalRequestConflict",
        times=1,
    )


def is_receipt_put(call: Call) -> bool:
    return call.service == "s3" and call.method == "PUT" and "/receipts/" in call.path


def index_of(stack: "LocalStack", day: date) -> RunIndex:
    return RunIndex.parse(stack.runs.get(layout.index_key(layout.run_id(day))), source="the index")


def spoil(stack: "LocalStack", day: date) -> tuple[str, bytes]:
    """A unit that nobody can read; its slice's key and what it was."""
    key = index_of(stack, day).units[0].slice_key
    body = stack.runs.get(key)
    stack.runs.put(key, body[:-1])
    return key, body


def beaten_to_the_receipt(stack: "LocalStack", actors: "Actors", day: date) -> None:
    """A unit is delivered again, and another worker's receipt comes first: ours takes its own objects away."""
    index = index_of(stack, day)
    bodies = {unit: stack.runs.find(layout.receipt_key(unit.run_id, unit.unit_id)) for unit in work_units(index)}
    receipts = {unit: UnitReceipt.parse(body, source="the receipt") for unit, body in bodies.items() if body}
    unit, own = next((unit, receipt) for unit, receipt in receipts.items() if receipt.quarantine)
    key, body = layout.receipt_key(unit.run_id, unit.unit_id), bodies[unit]
    assert body
    places = [(stack.labels, own.labels), (stack.labels, own.quarantine), (stack.runs, own.sample)]
    kept = [(bucket, output.key, bucket.get(output.key)) for bucket, output in places if output]
    changed = {name: changed_key(getattr(own, name)) for name in ("labels", "quarantine", "sample")}
    stack.runs.delete([key])
    reached = stack.faults.add(Fault(is_receipt_put, status=None, delay_s=1.5, times=1))
    stack.aws.sqs.send_message(QueueUrl=stack.resources.work_queue.url, MessageBody=unit.to_json())
    worker = threading.Thread(target=actors.work)
    worker.start()
    while not reached.hits:
        time.sleep(0.02)
    stack.runs.put(key, own.model_copy(update=changed).to_json().encode())
    worker.join()
    if any(bucket.has(output) for bucket, output, _ in kept):
        raise RuntimeError("the loser took nothing away: quarantine is needed for it, too")
    for bucket, output, before in [*kept, (stack.runs, key, body)]:
        bucket.put(output, before)


def changed_key(output: OutputObject | None) -> OutputObject | None:
    return output and output.model_copy(update={"key": output.key.replace(output.sha256[:12], "0" * 12)})


def repair(stack: "LocalStack", spoiled: tuple[str, bytes]) -> None:
    stack.runs.put(*spoiled)


def leave_behind(stack: "LocalStack", day: date) -> None:
    """Objects of an attempt that died: no receipt names them."""
    run_id, last = layout.run_id(day), len(index_of(stack, day).units)
    for bucket, kind in (
        (stack.labels, layout.LABELS),
        (stack.labels, layout.QUARANTINE),
        (stack.runs, layout.SAMPLES),
    ):
        bucket.put(layout.output_key(kind, day, run_id, last, "0" * 64), b"of nobody")


def lose_events(stack: "LocalStack") -> None:
    sqs, url = stack.aws.sqs, stack.resources.completion_queue.url
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def require_generation(stack: "LocalStack", day: date, generation: int) -> None:
    run = stack.ledger.run(layout.run_id(day))
    if not run.state.is_published or run.generation != generation:
        raise RuntimeError(f"{run} is not published as generation {generation}")
