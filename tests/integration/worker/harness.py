"""A stack with a champion and units that the test makes, worked on by a worker in this process."""

import hashlib
import io
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from aws_lambda_powertools import Logger

from labeler import layout
from labeler.aws import Aws
from labeler.manifest.pins import pin_reference
from labeler.messages import OutputObject, Pins, UnitFailure, UnitReceipt, WorkUnit
from labeler.run_index import FileEntry
from labeler.slices import write_slice
from labeler.worker.consume import Consumer
from tests.integration.worker.aws_without_retries import AwsWithoutRetries

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack
    from tests.champion import TrainedChampion

DAY = date(2026, 3, 2)
RUN = layout.run_id(DAY)
TIMEOUT_S = 60.0
Statements = dict[str, bytes]
Wait = Callable[..., None]


def eventually(is_so: Callable[[], Any], *, what: str) -> None:
    """Waits for a condition, never for a time."""
    ends = time.monotonic() + TIMEOUT_S
    while not is_so():
        if time.monotonic() > ends:
            raise AssertionError(f"{what}: not within {TIMEOUT_S:g} s")
        time.sleep(0.02)


def entry_of(key: str, body: bytes) -> FileEntry:
    return FileEntry(key, hashlib.md5(body).hexdigest(), len(body))  # noqa: S324 - what S3 calls an ETag


class Harness:
    """One run's units between the queue and S3."""

    def __init__(self, stack: "LocalStack", champion: "TrainedChampion") -> None:
        self.stack = stack
        self.log = io.StringIO()
        self.aws_without_retries = AwsWithoutRetries(stack.aws.session)
        self.pins = Pins(
            model=champion.copy_to_runs(stack.runs), reference=pin_reference(stack.worker_settings.task, stack.runs)
        )

    # ---- what there is to do

    def unit(self, files: Mapping[str, bytes], unit_id: int = 1, **changed: Any) -> WorkUnit:
        """Lands the files and writes their slice; nothing is sent yet."""
        keys = self.stack.put_files(files, DAY)
        return self.sliced(
            [entry_of(key, body) for key, body in zip(keys, files.values(), strict=True)], unit_id, **changed
        )

    def sliced(self, entries: Sequence[FileEntry], unit_id: int = 1, **changed: Any) -> WorkUnit:
        sealed = write_slice(entries)
        unit = WorkUnit(
            run_id=RUN,
            run_date=DAY,
            unit_id=unit_id,
            slice_key=layout.slice_key(RUN, unit_id, sealed.sha256),
            slice_sha256=sealed.sha256,
            files=len(entries),
            size_bytes=sum(entry.size_bytes for entry in entries),
            task=self.stack.worker_settings.task,
            pins=self.pins,
        ).model_copy(update=changed)
        self.stack.runs.put(unit.slice_key, sealed.body)
        return unit

    def send(self, *units: WorkUnit) -> None:
        for unit in units:
            self.send_text(unit.to_json())

    def send_text(self, body: str) -> None:
        self.stack.aws.sqs.send_message(QueueUrl=self.stack.resources.work_queue.url, MessageBody=body)

    # ---- who does it

    def consumer(self, aws: Aws | None = None, **settings: Any) -> Consumer:
        quick = {"idle_exit_s": 0.4, "receive_wait_s": 0, "fetch_threads": 4}
        worker_settings = self.stack.worker_settings.model_copy(update={**quick, **settings})
        logger = Logger(service=f"worker-of-{id(self.log)}", stream=self.log)
        return Consumer(worker_settings, aws or self.stack.aws, worker_id="here", logger=logger)

    def work(self, aws: Aws | None = None, **settings: Any) -> list[UnitReceipt]:
        """Until the queue shows nothing more; the receipts of this worker."""
        done: list[UnitReceipt] = []
        self.consumer(aws, **settings).run(done.append)
        return done

    @contextmanager
    def working(self, aws: Aws | None = None, **settings: Any) -> Iterator[tuple[Consumer, "Future[None]"]]:
        """A worker in another thread, which stays until it is drained."""
        consumer = self.consumer(aws, **{"idle_exit_s": None, **settings})
        with ThreadPoolExecutor(1) as pool:
            ended = pool.submit(consumer.run)
            try:
                yield consumer, ended
            finally:
                consumer.drain()
            ended.result(TIMEOUT_S)

    # ---- what came of it

    def receipt(self, unit: WorkUnit) -> UnitReceipt | None:
        body = self.stack.runs.find(layout.receipt_key(unit.run_id, unit.unit_id))
        return None if body is None else UnitReceipt.parse(body, source="the receipt")

    def failures(self, unit: WorkUnit) -> list[UnitFailure]:
        keys = sorted(key for key, _ in self.stack.runs.sizes(layout.failures_prefix(unit.run_id, unit.unit_id)))
        return [UnitFailure.parse(self.stack.runs.get(key), source=key) for key in keys]

    def rows(self, output: OutputObject | None) -> list[dict[str, Any]]:
        return [] if output is None else pq.read_table(pa.BufferReader(self.stack.labels.get(output.key))).to_pylist()

    def outputs(self) -> set[str]:
        return {key for key, _ in self.stack.labels.sizes("")}

    @property
    def visible(self) -> int:
        return self._count(self.stack.resources.work_queue.url, "ApproximateNumberOfMessages")

    @property
    def in_flight(self) -> int:
        return self._count(self.stack.resources.work_queue.url, "ApproximateNumberOfMessagesNotVisible")

    @property
    def dead(self) -> int:
        return self._count(self.stack.resources.dead_letter_queue.url, "ApproximateNumberOfMessages")

    @property
    def is_empty(self) -> bool:
        return (self.visible, self.in_flight) == (0, 0)

    def _count(self, url: str, name: Any) -> int:
        return int(self.stack.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])
