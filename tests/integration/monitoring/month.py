"""Published runs of synthetic days, without a queue and workers in between: what monitoring reads is all there."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from labeler import layout
from labeler.messages import OutputObject, RunState, UnitReceipt
from labeler.models.bundle import LoadedModel
from labeler.monitoring.drift.evaluate import evaluate_drift
from labeler.monitoring.reports import DriftReport
from labeler.monitoring.thresholds import Thresholds
from labeler.published import PublishedGeneration, RunSummary
from labeler.storage import Bucket
from labeler.task import RawFile
from labeler.transactions import task
from tests.integration.monitoring.days import Change, SampledDay, day_files, sampled_day

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

FIRST = date(2026, 3, 1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
QUICK = Thresholds(sample_rows=4_000, min_rows=500)


@dataclass
class Month:
    """Days of one model on one stack."""

    stack: "LocalStack"
    model: LoadedModel
    thresholds: Thresholds = QUICK
    _reference: object = field(default_factory=lambda: task.parse_reference(task.default_reference()))

    @property
    def monitoring(self) -> Bucket:
        return Bucket(self.stack.aws, self.stack.resources.monitoring_bucket)

    def publish(self, day: int, *, accounts: int = 400, change: Change | None = None, seed: int = 1000) -> str:
        """The day's run, with accounts of its own: seed + day."""
        return self.publish_files(day, day_files(seed + day, accounts=accounts, change=change, day=day))

    def publish_files(self, day: int, files: list[RawFile], *, generation: int = 1) -> str:
        run_date = FIRST + timedelta(days=day)
        run_id, sampled = layout.run_id(run_date), sampled_day(files, self.model, self._reference)
        for unit_id, sealed in enumerate(sampled.units, 1):
            key = layout.output_key(layout.SAMPLES, run_date, run_id, unit_id, sealed.sha256)
            self.stack.runs.put(key, sealed.body)
            sample = OutputObject(key=key, sha256=sealed.sha256, size_bytes=len(sealed.body), rows=sealed.rows)
            receipt = self._receipt(run_id, run_date, unit_id, sample)
            self.stack.runs.put(layout.receipt_key(run_id, unit_id), receipt.to_json().encode())
        summary = self._summary(run_id, run_date, len(sampled.units), sampled, generation)
        published = PublishedGeneration(summary=summary, labels=(), quarantine=())
        self.stack.runs.put(layout.generation_key(run_id, generation), published.to_json().encode())
        self.stack.runs.put(layout.summary_key(run_id), summary.to_json().encode())
        return run_id

    def evaluate(self, run_id: str) -> DriftReport:
        return evaluate_drift(
            run_id,
            settings=self.stack.monitoring_settings,
            aws=self.stack.aws,
            thresholds=self.thresholds,
            now=NOON,
        )

    def _receipt(self, run_id: str, run_date: date, unit_id: int, sample: OutputObject) -> UnitReceipt:
        return UnitReceipt(
            run_id=run_id,
            run_date=run_date,
            unit_id=unit_id,
            files=100,
            files_rejected=0,
            size_bytes=1,
            rows_in=1,
            rows_labeled=1,
            rows_quarantined=0,
            rejects={},
            labels=None,
            quarantine=None,
            sample=sample,
            label_counts={},
            model_version="1",
            model_sha256=self.model.pin.sha256,
            worker_id="w",
            receive_count=1,
            started_at=NOON,
            finished_at=NOON,
            stage_s={},
        )

    def _summary(self, run_id: str, run_date: date, units: int, sampled: SampledDay, generation: int) -> RunSummary:
        labeled = sampled.rows - sampled.rejected
        return RunSummary(
            run_id=run_id,
            run_date=run_date,
            state=RunState.COMPLETE,
            generation=generation,
            reasons=(),
            files=100 * units,
            files_labeled=100 * units,
            files_rejected=0,
            files_failed=0,
            units=units,
            units_failed=0,
            failed_units=(),
            rows_in=sampled.rows,
            rows_labeled=labeled,
            rows_quarantined=sampled.rejected,
            coverage=labeled / max(sampled.rows, 1),
            rejects={},
            label_counts=sampled.label_counts,
            model_name=self.model.pin.name,
            model_version="1",
            model_sha256=self.model.pin.sha256,
            labels="s3://labels/",
            quarantine="s3://quarantine/",
            started_at=NOON,
            finished_at=NOON,
            deadline_at=NOON,
            slack_s=0,
            elapsed_s=1,
            files_per_second=1,
            stage_s={},
        )
