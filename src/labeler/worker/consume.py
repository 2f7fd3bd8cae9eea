"""The worker: takes units from the queue until it is told to leave, and loses none of them.

A unit's outputs are written first, its receipt after them, and its message is deleted last. Whatever ends the
process in between, the message comes back and the next attempt writes the same bytes or finds the receipt.
"""

import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from labeler.aws import Aws
from labeler.errors import ContractMismatchError, LabelerError, RetryableError
from labeler.fetch import Fetcher
from labeler.messages import UnitReceipt, WorkUnit
from labeler.settings import WorkerSettings
from labeler.storage import Bucket
from labeler.task import load_task
from labeler.worker.label_unit import UnitLabeler
from labeler.worker.lease import Lease, Leases
from labeler.worker.pinned import PinnedParts
from labeler.worker.prefetcher import Item, Prefetcher, UnitBlock, UnitEnd, UnitFault
from labeler.worker.receipts import Receipts
from labeler.worker.tracebacks import frames

BACKOFF_LIMIT_S = 300
MAX_FAILED_UNITS = 3
"""So many different units in a row that fail here are this worker's fault: it leaves before it spoils the rest."""
POLL_INTERVAL_S = 0.2


@dataclass(slots=True)
class _Work:
    """The unit that is being computed."""

    lease: Lease
    unit: WorkUnit
    labeler: UnitLabeler
    started_at: datetime


class Consumer:
    """One core's worth of work: this thread computes, a second one fetches, a third one keeps the leases."""

    def __init__(self, settings: WorkerSettings, aws: Aws, *, worker_id: str, logger: Logger) -> None:
        self._settings = settings
        self._aws = aws
        self._logger = logger
        self._runs = Bucket(aws, settings.runs_bucket)
        self._receipts = Receipts(Bucket(aws, settings.labels_bucket), self._runs, worker_id=worker_id, logger=logger)
        self._task = load_task(settings.task)
        self._parts = PinnedParts(self._runs, self._task)
        self._drain_requested = threading.Event()
        self._failed_units: set[tuple[str, int]] = set()
        self._work: _Work | None = None
        self.units_done = 0

    def drain(self) -> None:
        """Finish the unit in work if time allows, hand back what is only fetched, then leave.

        For a signal handler, which may interrupt this very call: an Event's lock would not open for the second one.
        """
        threading.Thread(target=self._drain_requested.set, name="drain").start()

    def run(self, on_unit: Callable[[UnitReceipt], None] | None = None) -> None:
        """Returns when drained or idle for too long.

        Raises what makes this worker useless: ContractMismatchError (this code can't do this run's units), a queue that
        will never answer, or the failure of the last of several different units in a row.
        """
        settings = self._settings
        self._parts.warm_up()
        fetcher = Fetcher(
            self._aws,
            settings.raw_bucket,
            threads=settings.fetch_threads,
            max_file_bytes=settings.max_file_bytes,
        )
        leases = Leases(
            self._aws,
            settings.work_queue_url,
            visibility_timeout_s=settings.visibility_timeout_s,
            unit_timeout_s=settings.unit_timeout_s,
            logger=self._logger,
        )
        with leases:
            prefetcher = Prefetcher(leases, fetcher, self._runs, settings, self._logger, draining=self._drain_requested)
            prefetcher.start()
            try:
                self._loop(prefetcher, leases, on_unit or (lambda _: None))
            finally:
                self._drain_requested.set()
                for lease in leases.held():
                    leases.return_to_queue(lease)
                fetcher.close()

    def _loop(self, prefetcher: Prefetcher, leases: Leases, on_unit: Callable[[UnitReceipt], None]) -> None:
        drain_by = None
        while not prefetcher.is_over:
            if self._drain_requested.is_set() and drain_by is None:
                self._return_fetched(leases)
                drain_by = time.monotonic() + self._settings.drain_timeout_s
            if drain_by is not None and time.monotonic() > drain_by:
                self._logger.warning("drain timed out, unit handed back")
                return
            try:
                item = prefetcher.items.get(timeout=POLL_INTERVAL_S)
            except queue.Empty:
                if self._is_idle_too_long(prefetcher):
                    self._drain_requested.set()
                continue
            self._advance(item, leases, on_unit)
        if prefetcher.fault is not None:
            raise prefetcher.fault

    def _return_fetched(self, leases: Leases) -> None:
        """Only this thread makes a lease a computing one, so that none becomes it meanwhile."""
        self._logger.info("draining", extra={"is_unit_in_work": self._work is not None})
        for lease in leases.held():
            if not lease.is_computing:
                leases.return_to_queue(lease)

    def _is_idle_too_long(self, prefetcher: Prefetcher) -> bool:
        limit, since = self._settings.idle_exit_s, prefetcher.idle_since
        return limit is not None and since is not None and self._work is None and time.monotonic() - since > limit

    def _advance(self, item: Item, leases: Leases, on_unit: Callable[[UnitReceipt], None]) -> None:
        if item.lease.is_abandoned:
            return
        if self._drain_requested.is_set() and not item.lease.is_computing:
            leases.return_to_queue(item.lease)
            return
        try:
            if isinstance(item, UnitFault):
                raise item.error
            work = self._working_on(item)
            if isinstance(item, UnitBlock):
                work.labeler.add(item.block)
                return
            done = work.labeler.finish(item.fetch_s)
            receipt = self._receipts.done(work.unit, work.lease, done, started_at=work.started_at)
        except Exception as error:
            self._work = None
            is_fatal = self._is_fatal(item, error)
            if is_fatal:
                self._drain_requested.set()  # or we would take the unit again
            self._fail(item, error, leases)
            if is_fatal:
                raise
            return
        self._work = None
        self._failed_units.clear()
        self.units_done += 1
        on_unit(receipt)
        try:
            leases.settle(item.lease)
        except LabelerError as error:
            # the message comes back and finds the receipt
            self._logger.warning("message not deleted", extra={"error": str(error), **self._ids(item)})

    def _is_fatal(self, item: Item, error: Exception) -> bool:
        if item.unit and not isinstance(error, RetryableError):
            self._failed_units.add((item.unit.run_id, item.unit.unit_id))
        return isinstance(error, ContractMismatchError) or len(self._failed_units) >= MAX_FAILED_UNITS

    def _working_on(self, item: UnitBlock | UnitEnd) -> _Work:
        if self._work is None or self._work.lease is not item.lease:
            item.lease.is_computing = True
            pins = item.unit.pins
            labeler = UnitLabeler(
                item.unit,
                task=self._task,
                reference=self._parts.reference(pins.reference),
                model=self._parts.model(pins.model),
                predict_block_rows=self._settings.predict_block_rows,
                logger=self._logger,
            )
            self._work = _Work(item.lease, item.unit, labeler, datetime.now(UTC))
        return self._work

    def _fail(self, item: Item, error: Exception, leases: Leases) -> None:
        """Records why; the message goes back, later when the fault may pass, and to the dead letters in the end."""
        lease, unit = item.lease, item.unit
        is_retryable = isinstance(error, RetryableError)
        fields = {"error": type(error).__name__, **self._ids(item)}
        if isinstance(error, LabelerError):
            self._logger.warning("unit failed", extra={"reason": str(error), **fields})
        else:
            self._logger.error("unit failed by a bug", extra={"frames": frames(error), **fields})
        if unit:
            self._receipts.failed(unit, lease, error)
        delay_s = float(self._settings.failed_unit_delay_s)
        if is_retryable:
            tripled = self._settings.retry_delay_s * 3 ** (lease.receive_count - 1)
            delay_s = min(BACKOFF_LIMIT_S, tripled) * random.uniform(0.5, 1)  # noqa: S311 - jitter
        leases.return_to_queue(lease, delay_s=round(delay_s))

    @staticmethod
    def _ids(item: Item) -> dict[str, str | int]:
        ids: dict[str, str | int] = {"message_id": item.lease.message_id, "receive_count": item.lease.receive_count}
        return ids | ({"run_id": item.unit.run_id, "unit_id": item.unit.unit_id} if item.unit else {})
