"""What becomes of a unit that fails: a record of why, and its message back to the queue, later if the fault may pass."""

import random

from aws_lambda_powertools import Logger

from labeler.errors import ContractMismatchError, LabelerError, RetryableError
from labeler.settings import WorkerSettings
from labeler.worker.prefetcher import Item
from labeler.worker.receipts import Receipts
from labeler.worker.tracebacks import frames
from labeler.worker.work_queue import WorkQueue

BACKOFF_LIMIT_S = 300
MAX_FAILED_UNITS = 3
"""So many different units in a row that fail here are this worker's fault: it leaves before it spoils the rest."""


class FailureHandler:
    def __init__(self, settings: WorkerSettings, work_queue: WorkQueue, receipts: Receipts, logger: Logger) -> None:
        self._settings = settings
        self._work_queue = work_queue
        self._receipts = receipts
        self._logger = logger
        self._failed_units: set[tuple[str, int]] = set()

    def reset(self) -> None:
        """A unit was labeled here: those that failed before are not this worker's fault."""
        self._failed_units.clear()

    def handle(self, item: Item, error: Exception) -> None:
        """The message goes back, and to the dead letters in the end. Raises `error` if no other unit would fare better."""
        is_fatal = self._is_fatal(item, error)
        if is_fatal:
            self._work_queue.drain()  # or we would take the unit again
        self._log(item, error)
        if item.unit:
            self._receipts.write_failure(item.unit, item.lease, error)
        self._work_queue.return_to_queue(item.lease, delay_s=self._delay_s(item.lease.receive_count, error))
        if is_fatal:
            raise error

    def _is_fatal(self, item: Item, error: Exception) -> bool:
        if item.unit and not isinstance(error, RetryableError):
            self._failed_units.add((item.unit.run_id, item.unit.unit_id))
        return isinstance(error, ContractMismatchError) or len(self._failed_units) >= MAX_FAILED_UNITS

    def _log(self, item: Item, error: Exception) -> None:
        fields: dict[str, object] = {
            "error": type(error).__name__,
            "message_id": item.lease.message_id,
            "receive_count": item.lease.receive_count,
        }
        if item.unit:
            fields |= {"run_id": item.unit.run_id, "unit_id": item.unit.unit_id}
        if isinstance(error, LabelerError):
            self._logger.warning("unit failed", extra={"reason": str(error), **fields})
        else:
            self._logger.error("unit failed by a bug", extra={"frames": frames(error), **fields})

    def _delay_s(self, receive_count: int, error: Exception) -> int:
        if not isinstance(error, RetryableError):
            return self._settings.failed_unit_delay_s
        tripled = self._settings.retry_delay_s * 3 ** (receive_count - 1)
        return round(min(BACKOFF_LIMIT_S, tripled) * random.uniform(0.5, 1))  # noqa: S311 - jitter
