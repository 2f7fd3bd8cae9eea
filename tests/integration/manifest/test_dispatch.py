from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import PermanentError, ServiceUnavailableError
from labeler.manifest.dispatch import dispatch
from labeler.messages import ModelPin, Pins, ReferencePin
from labeler.run_index import RunIndex, UnitSlice

if TYPE_CHECKING:
    from tests.integration.manifest.conftest import Manifest

PINS = Pins(
    model=ModelPin(name="m", version="1", key="models/x.tar", sha256="a" * 64, features_digest="f"),
    reference=ReferencePin(key="reference/x.json", sha256="b" * 64, version="1"),
)


def index_of(units: int) -> RunIndex:
    return RunIndex(
        run_id="daily-2026-11-23",
        run_date=date(2026, 11, 23),
        task="labeler.transactions:task",
        landing_dates=(date(2026, 11, 23),),
        files=units,
        size_bytes=units,
        files_seen_before=0,
        pins=PINS,
        units=tuple(
            UnitSlice(unit_id=n, slice_key=f"slice-{n}", slice_sha256="c" * 64, files=1, size_bytes=1)
            for n in range(1, units + 1)
        ),
    )


class RefusingQueue:
    """Keeps some entries of each batch from SQS, and says that SQS refused them."""

    def __init__(self, manifest: "Manifest", refusals: dict[str, int], **failure: object) -> None:
        self._left = refusals
        self._failure = {"SenderFault": False, "Code": "InternalError", "Message": "", **failure}
        self._refused: list[str] = []
        self.batches: list[list[str]] = []
        events = manifest.stack.aws.sqs.meta.events
        events.register("provide-client-params.sqs.SendMessageBatch", self._keep_back)
        events.register("after-call.sqs.SendMessageBatch", self._answer)

    def _keep_back(self, params: dict[str, Any], **_: object) -> dict[str, Any]:
        ids = [entry["Id"] for entry in params["Entries"]]
        self.batches.append(ids)
        self._refused = [unit_id for unit_id in ids if self._left.get(unit_id, 0) > 0]
        for unit_id in self._refused:
            self._left[unit_id] -= 1
        kept = [entry for entry in params["Entries"] if entry["Id"] not in self._refused]
        # SQS takes no empty batch: one that is refused whole still carries a copy of the first
        return {**params, "Entries": kept or [{**params["Entries"][0], "MessageBody": "refused"}]}

    def _answer(self, parsed: dict[str, Any], **_: object) -> None:
        parsed["Failed"] = [{"Id": unit_id, **self._failure} for unit_id in self._refused]


def send(manifest: "Manifest", units: int, after: int = 0) -> list[int]:
    reported: list[int] = []
    url = manifest.stack.resources.work_queue.url
    dispatch(index_of(units), after=after, aws=manifest.stack.aws, queue_url=url, on_sent=reported.append, pause_s=0)
    return reported


def test_every_unit_is_sent_once_in_order(manifest: "Manifest") -> None:
    queue = RefusingQueue(manifest, {})

    assert send(manifest, 23) == [23]

    assert [len(batch) for batch in queue.batches] == [10, 10, 3]
    assert sorted(unit.unit_id for unit in manifest.dispatched()) == list(range(1, 24))


def test_dispatch_continues_after_the_last_recorded_unit(manifest: "Manifest") -> None:
    assert send(manifest, 12, after=9) == [12]

    assert sorted(unit.unit_id for unit in manifest.dispatched()) == [10, 11, 12]


def test_only_refused_entries_are_sent_again(manifest: "Manifest") -> None:
    queue = RefusingQueue(manifest, {"2": 1, "5": 2})

    send(manifest, 6)

    assert queue.batches == [["1", "2", "3", "4", "5", "6"], ["2", "5"], ["5"]]
    assert sorted(unit.unit_id for unit in manifest.dispatched()) == [1, 2, 3, 4, 5, 6]


def test_queue_that_keeps_refusing_raises_a_retryable_error(manifest: "Manifest") -> None:
    RefusingQueue(manifest, {"11": 100})

    with pytest.raises(ServiceUnavailableError, match="did not take 1 work units in 6 tries: InternalError"):
        send(manifest, 12)


def test_sender_fault_raises_a_permanent_error(manifest: "Manifest") -> None:
    queue = RefusingQueue(manifest, {"1": 100}, SenderFault=True, Code="InvalidMessageContents")

    with pytest.raises(PermanentError, match="InvalidMessageContents"):
        send(manifest, 3)
    assert len(queue.batches) == 1


def test_throttled_kms_key_is_retried_although_sqs_reports_a_sender_fault(manifest: "Manifest") -> None:
    RefusingQueue(manifest, {"1": 1}, SenderFault=True, Code="KmsThrottled")

    send(manifest, 3)

    assert sorted(unit.unit_id for unit in manifest.dispatched()) == [1, 2, 3]
