"""What a worker leaves of a unit in S3: outputs and receipt, or why it failed."""

import time
from datetime import UTC, datetime

from aws_lambda_powertools import Logger

from labeler import layout
from labeler.errors import LabelerError
from labeler.messages import OutputObject, UnitFailure, UnitReceipt, WorkUnit
from labeler.storage import Bucket, read_message
from labeler.worker.label_unit import LabeledUnit
from labeler.worker.lease import Lease
from labeler.worker.outputs import Sealed


class Receipts:
    def __init__(self, labels: Bucket, runs: Bucket, *, worker_id: str, logger: Logger) -> None:
        self._labels = labels
        self._runs = runs
        self._worker_id = worker_id
        self._logger = logger

    def write_receipt(self, unit: WorkUnit, lease: Lease, labeled: LabeledUnit, *, started_at: datetime) -> UnitReceipt:
        """Outputs, then the receipt. Of two attempts the first receipt counts.

        The other's own outputs are removed, and it gets the receipt that counts.
        """
        start = time.perf_counter()
        outputs = {
            kind: self._put_output(kind, unit, sealed)
            for kind, sealed in ((layout.LABELS, labeled.labels), (layout.QUARANTINE, labeled.quarantine))
        }
        sample = self._put_sample(unit, labeled.sample)
        figures = labeled._asdict() | {
            "labels": outputs[layout.LABELS],
            "quarantine": outputs[layout.QUARANTINE],
            "sample": sample,
            "stage_s": {**labeled.stage_s, "upload": time.perf_counter() - start},
        }
        receipt = UnitReceipt(
            run_id=unit.run_id,
            run_date=unit.run_date,
            unit_id=unit.unit_id,
            model_version=unit.pins.model.version,
            model_sha256=unit.pins.model.sha256,
            worker_id=self._worker_id,
            receive_count=lease.receive_count,
            started_at=started_at,
            finished_at=datetime.now(UTC),
            **figures,
        )
        key = layout.receipt_key(unit.run_id, unit.unit_id)
        if not self._runs.put_once(key, receipt.to_json().encode(), "application/json"):
            winner = read_message(self._runs, key, UnitReceipt)
            counted = {output.key for output in (winner.labels, winner.quarantine) if output}
            self._labels.delete([o.key for o in outputs.values() if o and o.key not in counted])
            self._delete_sample(sample, winner)
            return winner
        return receipt

    def _put_output(self, kind: str, unit: WorkUnit, sealed: Sealed | None) -> OutputObject | None:
        if sealed is None:
            return None
        key = layout.output_key(kind, unit.run_date, unit.run_id, unit.unit_id, sealed.sha256)
        self._labels.put_once(key, sealed.body, "application/vnd.apache.parquet")
        return OutputObject(key=key, sha256=sealed.sha256, size_bytes=len(sealed.body), rows=sealed.rows)

    def _put_sample(self, unit: WorkUnit, sealed: Sealed | None) -> OutputObject | None:
        """None also when it could not be written: that monitoring sees less costs no label."""
        if sealed is None:
            return None
        key = layout.output_key(layout.SAMPLES, unit.run_date, unit.run_id, unit.unit_id, sealed.sha256)
        try:
            self._runs.put_once(key, sealed.body, "application/vnd.apache.parquet")
        except LabelerError as problem:
            self._logger.warning(
                "sample not written", extra={"run_id": unit.run_id, "unit_id": unit.unit_id, "error": str(problem)}
            )
            return None
        return OutputObject(key=key, sha256=sealed.sha256, size_bytes=len(sealed.body), rows=sealed.rows)

    def _delete_sample(self, sample: OutputObject | None, winner: UnitReceipt) -> None:
        if sample is None or (winner.sample and winner.sample.key == sample.key):
            return
        try:
            self._runs.delete([sample.key])
        except LabelerError as problem:  # publication deletes it
            self._logger.warning("sample not deleted", extra={"key": sample.key, "error": str(problem)})

    def write_failure(self, unit: WorkUnit, lease: Lease, error: Exception) -> None:
        """Why this receive failed; not being able to write that down is only logged."""
        reason = (
            str(error) if isinstance(error, LabelerError) else f"a bug: {type(error).__name__}, see the worker's log"
        )
        failure = UnitFailure(
            run_id=unit.run_id,
            unit_id=unit.unit_id,
            receive_count=lease.receive_count,
            error=type(error).__name__,
            reason=reason,
            worker_id=self._worker_id,
            failed_at=datetime.now(UTC),
        )
        try:
            key = layout.failure_key(unit.run_id, unit.unit_id, lease.receive_count)
            self._runs.put(key, failure.to_json().encode(), "application/json")
        except LabelerError as problem:
            self._logger.warning(
                "failure not recorded", extra={"run_id": unit.run_id, "unit_id": unit.unit_id, "error": str(problem)}
            )
