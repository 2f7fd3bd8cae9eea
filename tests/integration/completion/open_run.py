"""An open run on the local AWS, as manifest and workers leave it for completion."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from labeler import layout
from labeler.completion.publish import publish_settled
from labeler.completion.settle import Settlement
from labeler.completion.tick import TickReport, tick
from labeler.ledger import RunRecord
from labeler.messages import ModelPin, OutputObject, Pins, ReferencePin, RunState, UnitFailure, UnitReceipt, WorkUnit
from labeler.published import PublishedGeneration, RunSummary
from labeler.run_index import RunIndex, UnitSlice
from labeler.settings import CompletionSettings

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

T0 = datetime(2026, 3, 2, 6, tzinfo=UTC)
RUN_DATE = date(2026, 3, 2)
PINS = Pins(
    model=ModelPin(name="transactions", version="7", key="models/x.tar", sha256="a" * 64, features_digest="f"),
    reference=ReferencePin(key="reference/x.json", sha256="b" * 64, version="1"),
)


@dataclass
class OpenRun:
    """`units` units of `files` files; `finish` is a worker's end of a unit, `die` is a dead letter's arrival."""

    stack: "LocalStack"
    units: int = 3
    files: int = 10
    kind: str = "daily"
    rows: int = 100
    tolerance: float = 0.01
    now: datetime = field(default=T0 + timedelta(minutes=10))

    @property
    def run_id(self) -> str:
        return layout.run_id(RUN_DATE, self.kind)

    @property
    def index(self) -> RunIndex:
        return RunIndex(
            run_id=self.run_id,
            run_date=RUN_DATE,
            task="t:task",
            landing_dates=(RUN_DATE,),
            files=self.units * self.files,
            size_bytes=self.units * 1000,
            files_seen_before=0,
            pins=PINS,
            units=tuple(
                UnitSlice(unit_id=n, slice_key=f"s{n}", slice_sha256="c" * 64, files=self.files, size_bytes=1000)
                for n in range(1, self.units + 1)
            ),
        )

    def open(self) -> "OpenRun":
        record = RunRecord(
            run_id=self.run_id,
            run_date=RUN_DATE,
            state=RunState.PLANNING,
            started_at=T0,
            deadline_at=T0 + timedelta(minutes=30),
        )
        assert self.stack.ledger.open_run(record)
        self.stack.runs.put(layout.index_key(self.run_id), self.index.to_json().encode())
        planned = {"files": self.index.files, "size_bytes": self.index.size_bytes, "units": self.units}
        self.stack.ledger.start(
            record.model_copy(update={**planned, "model_name": "transactions", "model_version": "7"})
        )
        return self

    def output(self, kind: str, unit_id: int, body: bytes, rows: int) -> OutputObject:
        sha256 = hashlib.sha256(body).hexdigest()
        key = layout.output_key(kind, RUN_DATE, self.run_id, unit_id, sha256)
        self.stack.labels.put(key, body)
        return OutputObject(key=key, sha256=sha256, size_bytes=len(body), rows=rows)

    def receipt(self, unit_id: int, **changed: Any) -> UnitReceipt:
        """Labels for all rows but two, one file refused."""
        receipt = UnitReceipt(
            run_id=self.run_id,
            run_date=RUN_DATE,
            unit_id=unit_id,
            files=self.files,
            files_rejected=1,
            size_bytes=1000,
            rows_in=self.rows,
            rows_labeled=self.rows - 2,
            rows_quarantined=2,
            rejects={"amount": 2, "file_empty": 1},
            rejected_rows={"amount": 2, "file_empty": 0},
            labels=self.output(layout.LABELS, unit_id, b"labels %d" % unit_id, self.rows - 2),
            quarantine=self.output(layout.QUARANTINE, unit_id, b"quarantine %d" % unit_id, 3),
            label_counts={"SERVIÇO": self.rows - 2},
            model_version="7",
            model_sha256="a" * 64,
            worker_id=f"worker-{unit_id % 2}",
            receive_count=1,
            started_at=T0 + timedelta(minutes=unit_id - 1),
            finished_at=T0 + timedelta(minutes=unit_id),
            stage_s={"fetch": 0.5, "predict": 1.5},
        )
        return receipt.model_copy(update=changed)

    def finish(self, *unit_ids: int, **changed: Any) -> None:
        for unit_id in unit_ids:
            receipt = self.receipt(unit_id, **changed)
            self.stack.runs.put_once(layout.receipt_key(self.run_id, unit_id), receipt.to_json().encode())

    def work_unit(self, unit_id: int) -> WorkUnit:
        return WorkUnit(
            run_id=self.run_id,
            run_date=RUN_DATE,
            unit_id=unit_id,
            slice_key=f"s{unit_id}",
            slice_sha256="c" * 64,
            files=self.files,
            size_bytes=1000,
            task="t:task",
            pins=PINS,
        )

    def die(self, *unit_ids: int) -> None:
        for unit_id in unit_ids:
            self.send_dead(self.work_unit(unit_id).to_json())

    def send_dead(self, body: str) -> None:
        self.stack.aws.sqs.send_message(QueueUrl=self.stack.resources.dead_letter_queue.url, MessageBody=body)

    def record_failure(self, unit_id: int, receive: int, error: str, at: datetime) -> None:
        failure = UnitFailure(
            run_id=self.run_id,
            unit_id=unit_id,
            receive_count=receive,
            error=error,
            reason="because",
            worker_id="w",
            failed_at=at,
        )
        self.stack.runs.put(layout.failure_key(self.run_id, unit_id, receive), failure.to_json().encode())

    def event(self, *unit_ids: int) -> dict[str, Any]:
        """A batch of the completion queue: one message a unit."""
        return batch(*(s3_event(self.stack, layout.receipt_key(self.run_id, n)) for n in unit_ids))

    @property
    def settings(self) -> CompletionSettings:
        return self.stack.completion_settings.model_copy(update={"failure_tolerance": self.tolerance})

    def settlement(self) -> Settlement:
        return Settlement(self.settings, self.stack.aws, self.now)

    def tick(self) -> TickReport:
        return tick(settings=self.settings, aws=self.stack.aws, now=self.now)

    def publish(self) -> RunSummary | None:
        return publish_settled(self.run_id, settings=self.settings, aws=self.stack.aws)

    @property
    def record(self) -> RunRecord:
        return self.stack.ledger.run(self.run_id)

    @property
    def summary(self) -> RunSummary:
        return RunSummary.parse(self.stack.runs.get(layout.summary_key(self.run_id)), source="summary")

    def generation(self, number: int) -> PublishedGeneration:
        key = layout.generation_key(self.run_id, number)
        return PublishedGeneration.parse(self.stack.runs.get(key), source=key)

    def published_bytes(self) -> dict[str, bytes]:
        """All that readers can see of the run."""
        keys = [layout.summary_key(self.run_id), layout.generation_key(self.run_id, 1)]
        return {key: self.stack.runs.get(key) for key in keys} | dict.fromkeys(self.label_keys, b"")

    def settled(self, *, done: tuple[int, ...], dead: tuple[int, ...] = ()) -> "OpenRun":
        """All in the ledger, nothing published."""
        self.finish(*done)
        assert self.settlement().settle_unreported_receipts(self.run_id) == []
        self.settlement().settle_dead_letters([self.work_unit(unit_id) for unit_id in dead], [self.record])
        return self

    @property
    def label_keys(self) -> set[str]:
        return {key for key, _ in self.stack.labels.sizes(layout.output_prefix(layout.LABELS, RUN_DATE, self.run_id))}

    @property
    def partitions(self) -> list[Any]:
        place = {"DatabaseName": self.settings.glue_database, "TableName": self.settings.glue_table}
        return list(self.stack.aws.glue.get_partitions(**place)["Partitions"])


def batch(*bodies: str) -> dict[str, Any]:
    return {
        "Records": [{"messageId": f"m{n}", "body": body, "eventSource": "aws:sqs"} for n, body in enumerate(bodies)]
    }


def s3_event(stack: "LocalStack", key: str) -> str:
    place = {"bucket": {"name": stack.completion_settings.runs_bucket}, "object": {"key": key}}
    return json.dumps({"Records": [{"eventName": "ObjectCreated:Put", "s3": place}]})
