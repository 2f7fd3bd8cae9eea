"""Receipts and dead letters into the ledger, each exactly once, in whatever order and how often they come."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from labeler import layout
from labeler.aws import Aws
from labeler.errors import LabelerError, MessageInvalidError
from labeler.ledger import Ledger, RunRecord
from labeler.messages import UnitFailure, UnitReceipt, UnitState, WorkUnit
from labeler.settings import CompletionSettings
from labeler.storage import Bucket, read_message
from labeler.telemetry import get_logger

NO_FAILURE_RECORDED = "no failure recorded: the worker died"


class Settlement:
    """Settles the units of one invocation; `now` gives a reopened run its deadline."""

    def __init__(self, settings: CompletionSettings, aws: Aws, now: datetime) -> None:
        self.ledger = Ledger(aws, settings.ledger_table)
        self.runs = Bucket(aws, settings.runs_bucket)
        self._now = now
        self._new_deadline_at = now + timedelta(seconds=settings.deadline_s)
        self._logger = get_logger("completion")

    def settle_receipt(self, key: str) -> str:
        """The run's id. Raises ObjectMissingError, MessageInvalidError and RunNotFoundError."""
        receipt = read_receipt(self.runs, key)
        if self.ledger.settle_done(receipt, self._new_deadline_at):
            self._logger.info(
                "unit settled", run_id=receipt.run_id, unit_id=receipt.unit_id, rows_labeled=receipt.rows_labeled
            )
        return receipt.run_id

    def settle_unreported_receipts(self, run_id: str) -> list[LabelerError]:
        """Settles receipts whose event was lost or is late. One that can't be read does not keep the others."""
        done = {unit.unit_id for unit in self.ledger.units(run_id) if unit.state is UnitState.DONE}
        known = {layout.receipt_key(run_id, unit_id) for unit_id in done}
        errors: list[LabelerError] = []
        for key, _ in self.runs.sizes(layout.receipts_prefix(run_id)):
            if key not in known:
                try:
                    self.settle_receipt(key)
                except MessageInvalidError as error:
                    errors.append(error)
        return errors

    def settle_dead_letters(self, letters: Iterable[WorkUnit], runs: Iterable[RunRecord]) -> int:
        """Settles dead units of `runs` as failed, and counts them. A unit with a receipt is done, whatever died."""
        units_of = {run.run_id: run.units for run in runs}
        dead = {
            (letter.run_id, letter.unit_id): letter
            for letter in letters
            if letter.unit_id <= units_of.get(letter.run_id, 0)
        }
        settled = {
            (run_id, unit.unit_id) for run_id in {run_id for run_id, _ in dead} for unit in self.ledger.units(run_id)
        }
        return sum(self._settle_dead(letter) for at, letter in sorted(dead.items()) if at not in settled)

    def _settle_dead(self, letter: WorkUnit) -> bool:
        key = layout.receipt_key(letter.run_id, letter.unit_id)
        if self.runs.has(key):
            self.settle_receipt(key)
            return False
        reason = self._newest_reason(letter.run_id, letter.unit_id)
        is_new = self.ledger.settle_failed(
            letter.run_id, letter.unit_id, reason=reason, files=letter.files, at=self._now
        )
        if is_new:
            self._logger.warning("unit failed", run_id=letter.run_id, unit_id=letter.unit_id, reason=reason)
        return is_new

    def _newest_reason(self, run_id: str, unit_id: int) -> str:
        failures: list[UnitFailure] = []
        # by their time, not by their name: a redriven message starts again with its first receive
        for key, _ in self.runs.sizes(layout.failures_prefix(run_id, unit_id)):
            try:
                failures.append(read_message(self.runs, key, UnitFailure))
            except MessageInvalidError as error:
                self._logger.warning("failure record unreadable", run_id=run_id, unit_id=unit_id, error=str(error))
        if not failures:
            return NO_FAILURE_RECORDED
        newest = max(failures, key=lambda failure: failure.failed_at)
        return f"{newest.error}: {newest.reason}"


def read_receipt(runs: Bucket, key: str) -> UnitReceipt:
    """Raises ObjectMissingError, and MessageInvalidError also for a receipt that lies under another unit's key."""
    receipt = read_message(runs, key, UnitReceipt)
    if layout.receipt_key(receipt.run_id, receipt.unit_id) != key:
        raise MessageInvalidError(f"{runs.url(key)} is the receipt of unit {receipt.unit_id} of {receipt.run_id}")
    return receipt
