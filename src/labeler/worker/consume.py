"""The worker: takes units from the queue until it is told to leave, and loses none of them.

A unit's outputs are written first, its receipt after them, and its message is deleted last. Whatever ends the
process in between, the message comes back and the next attempt writes the same bytes or finds the receipt.
"""

import queue
import threading
import time
from collections.abc import Callable
from contextlib import closing

from aws_lambda_powertools import Logger

from labeler.aws import Aws
from labeler.fetch import Fetcher
from labeler.messages import UnitReceipt
from labeler.settings import WorkerSettings
from labeler.storage import Bucket
from labeler.worker.prefetcher import Prefetcher
from labeler.worker.unit_processor import UnitProcessor
from labeler.worker.work_queue import WorkQueue

POLL_INTERVAL_S = 0.2


class Consumer:
    """One core's worth of work: this thread computes, a second one fetches, a third one keeps the leases."""

    def __init__(self, settings: WorkerSettings, aws: Aws, *, worker_id: str, logger: Logger) -> None:
        self._settings = settings
        self._aws = aws
        self._logger = logger
        self._work_queue = WorkQueue(aws, settings, logger)
        self._processor = UnitProcessor(settings, aws, self._work_queue, worker_id=worker_id, logger=logger)

    @property
    def units_done(self) -> int:
        return self._processor.units_done

    def drain(self) -> None:
        """Finish the unit in work if time allows, return what is only fetched to the queue at once, then leave.

        For a signal handler, which may interrupt a thread that holds a lock: it must not wait for one itself.
        """
        threading.Thread(target=self._work_queue.drain, name="drain").start()

    def run(self, on_unit: Callable[[UnitReceipt], None] | None = None) -> None:
        """Returns when drained or idle for too long.

        Raises what makes this worker useless: ContractMismatchError (this code can't do this run's units), a queue that
        will never answer, or the failure of the last of several different units in a row.
        """
        settings = self._settings
        self._processor.warm_up()
        fetcher = Fetcher(
            self._aws,
            settings.raw_bucket,
            threads=settings.fetch_threads,
            max_file_bytes=settings.max_file_bytes,
        )
        # messages go back before the fetcher's threads are waited for
        with closing(fetcher), self._work_queue:
            runs = Bucket(self._aws, settings.runs_bucket)
            prefetcher = Prefetcher(self._work_queue, fetcher, runs, settings, self._logger)
            prefetcher.start()
            self._loop(prefetcher, on_unit or (lambda _: None))

    def _loop(self, prefetcher: Prefetcher, on_unit: Callable[[UnitReceipt], None]) -> None:
        drain_by = None
        while not prefetcher.is_over:
            if self._work_queue.leases.draining.is_set() and drain_by is None:
                self._logger.info("draining", extra={"is_unit_in_work": self._processor.is_working})
                drain_by = time.monotonic() + self._settings.drain_timeout_s
            if drain_by is not None and time.monotonic() > drain_by:
                self._logger.warning("drain timed out, unit returned to the queue")
                return
            try:
                item = prefetcher.items.get(timeout=POLL_INTERVAL_S)
            except queue.Empty:
                if self._is_idle_too_long(prefetcher):
                    self._work_queue.drain()
                continue
            self._processor.process(item, on_unit)
        if prefetcher.fault is not None:
            raise prefetcher.fault

    def _is_idle_too_long(self, prefetcher: Prefetcher) -> bool:
        limit, since = self._settings.idle_exit_s, prefetcher.idle_since
        if limit is None or since is None or self._processor.is_working:
            return False
        return time.monotonic() - since > limit
