"""The thread that stays one block ahead: it receives units and fetches their files while the last one is computed."""

import queue
import threading
import time
from typing import NamedTuple

from aws_lambda_powertools import Logger

from labeler import layout
from labeler.errors import RetryableError
from labeler.fetch import Block, Fetcher, split_blocks
from labeler.messages import WorkUnit
from labeler.settings import WorkerSettings
from labeler.slices import read_slice
from labeler.storage import Bucket
from labeler.worker.lease import Lease
from labeler.worker.work_queue import WorkQueue

RECEIVE_BACKOFF_S = 5.0


class UnitBlock(NamedTuple):
    lease: Lease
    unit: WorkUnit
    block: Block


class UnitEnd(NamedTuple):
    """All blocks of the unit went before."""

    lease: Lease
    unit: WorkUnit
    fetch_s: float


class UnitFault(NamedTuple):
    """The unit could not be fetched, or its message not be read (unit is None then)."""

    lease: Lease
    unit: WorkUnit | None
    error: Exception


Item = UnitBlock | UnitEnd | UnitFault


class Prefetcher:
    """`items` holds at most one item: with the block in work and the one in flight that bounds memory.

    It stops when the work queue is drained, and drops a unit as soon as its lease is not held any more.
    """

    def __init__(
        self, work_queue: WorkQueue, fetcher: Fetcher, runs: Bucket, settings: WorkerSettings, logger: Logger
    ) -> None:
        self.items: queue.Queue[Item] = queue.Queue(maxsize=1)
        self.idle_since: float | None = time.monotonic()
        """None while a unit is being fetched or waits to be taken over."""
        self._work_queue = work_queue
        self._draining = work_queue.leases.draining
        self._fetcher = fetcher
        self._runs = runs
        self._settings = settings
        self._logger = logger
        self.fault: Exception | None = None
        """Why nothing more comes, when it is not that we leave."""
        self._thread = threading.Thread(target=self._run, name="prefetcher", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Nothing is in hand and nothing more will come."""
        return not self._thread.is_alive() and self.items.empty()

    def _run(self) -> None:
        try:
            self._receive()
        except Exception as error:  # noqa: BLE001 - this thread has nobody above it; the consumer raises it
            self.fault = error

    def _receive(self) -> None:
        while not self._draining.is_set():
            try:
                lease = self._work_queue.receive(self._settings.receive_wait_s)
            except RetryableError as error:
                self._logger.warning("receive failed", extra={"error": str(error)})
                self._draining.wait(RECEIVE_BACKOFF_S)
                continue
            if lease is not None:
                self.idle_since = None
                self._prefetch(lease)
                self.idle_since = time.monotonic()

    def _prefetch(self, lease: Lease) -> None:
        unit = None
        try:
            unit = WorkUnit.parse(lease.body, source=f"message {lease.message_id}")
            if self._runs.has(layout.receipt_key(unit.run_id, unit.unit_id)):
                self._logger.info("unit was done before", extra={"run_id": unit.run_id, "unit_id": unit.unit_id})
                self._work_queue.delete(lease, run_id=unit.run_id, unit_id=unit.unit_id)
                return
            self._fetch(lease, unit)
        except Exception as error:  # noqa: BLE001 - handed to the consumer, which records and decides
            self._offer(UnitFault(lease, unit, error))

    def _fetch(self, lease: Lease, unit: WorkUnit) -> None:
        fetch_s = 0.0
        entries = read_slice(self._runs.get(unit.slice_key), unit.slice_sha256)
        for part in split_blocks(entries, self._settings.block_bytes):
            start = time.perf_counter()
            block = self._fetcher.fetch(part)
            fetch_s += time.perf_counter() - start
            if not self._offer(UnitBlock(lease, unit, block)):
                return
        self._offer(UnitEnd(lease, unit, fetch_s))

    def _offer(self, item: Item) -> bool:
        """False when the unit's lease is not held any more: nobody would take the item."""
        while item.lease.is_held:
            try:
                self.items.put(item, timeout=0.1)
                return True
            except queue.Full:
                continue
        return False
