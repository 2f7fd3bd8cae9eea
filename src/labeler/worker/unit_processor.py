"""The consumer's work on a unit, item by item: its labels, its receipt, and its message deleted last."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from labeler.aws import Aws
from labeler.messages import UnitReceipt, WorkUnit
from labeler.settings import WorkerSettings
from labeler.storage import Bucket
from labeler.task import load_task
from labeler.worker.failures import FailureHandler
from labeler.worker.label_unit import UnitLabeler
from labeler.worker.lease import Lease
from labeler.worker.pinned import PinnedParts
from labeler.worker.prefetcher import Item, UnitBlock, UnitEnd, UnitFault
from labeler.worker.receipts import Receipts
from labeler.worker.work_queue import WorkQueue


@dataclass(slots=True)
class _Work:
    """The unit that is being computed."""

    lease: Lease
    unit: WorkUnit
    labeler: UnitLabeler
    started_at: datetime


class UnitProcessor:
    """Works on one unit at a time, and only on one whose lease it could claim."""

    def __init__(
        self, settings: WorkerSettings, aws: Aws, work_queue: WorkQueue, *, worker_id: str, logger: Logger
    ) -> None:
        self._settings = settings
        self._work_queue = work_queue
        self._logger = logger
        runs = Bucket(aws, settings.runs_bucket)
        self._receipts = Receipts(Bucket(aws, settings.labels_bucket), runs, worker_id=worker_id, logger=logger)
        self._failures = FailureHandler(settings, work_queue, self._receipts, logger)
        self._task = load_task(settings.task)
        self._parts = PinnedParts(runs, self._task)
        self._work: _Work | None = None
        self.units_done = 0

    @property
    def is_working(self) -> bool:
        return self._work is not None

    def warm_up(self) -> None:
        self._parts.warm_up()

    def process(self, item: Item, on_unit: Callable[[UnitReceipt], None]) -> None:
        """Raises what makes this worker useless; any other failure is recorded and the message goes back."""
        if not self._work_queue.leases.claim(item.lease):
            return
        try:
            receipt = self._advance(item)
        except Exception as error:  # noqa: BLE001 - recorded; raised again when it is this worker's fault
            self._work = None
            self._failures.handle(item, error)
            return
        if receipt is None:
            return
        self._work = None
        self._failures.reset()
        self.units_done += 1
        on_unit(receipt)
        self._work_queue.delete(item.lease, run_id=receipt.run_id, unit_id=receipt.unit_id)

    def _advance(self, item: Item) -> UnitReceipt | None:
        """The receipt once the unit is done."""
        if isinstance(item, UnitFault):
            raise item.error
        work = self._working_on(item)
        if isinstance(item, UnitBlock):
            work.labeler.add(item.block)
            return None
        labeled = work.labeler.finish(item.fetch_s)
        return self._receipts.write_receipt(work.unit, work.lease, labeled, started_at=work.started_at)

    def _working_on(self, item: UnitBlock | UnitEnd) -> _Work:
        if self._work is None or self._work.lease is not item.lease:
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
