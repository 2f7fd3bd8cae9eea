"""A stack that people work with: its settings, clients, buckets and ledger."""

from dataclasses import dataclass
from datetime import date

from labeler import layout
from labeler.aws import Aws
from labeler.errors import RunNotFoundError
from labeler.ledger import Ledger, RunRecord
from labeler.monitoring.reports import DriftReport
from labeler.published import PublishedGeneration, RunSummary
from labeler.settings import OperatorSettings
from labeler.storage import Bucket, find_message, read_message


@dataclass(frozen=True, slots=True)
class Connection:
    settings: OperatorSettings
    aws: Aws

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.aws, self.settings.ledger_table)

    @property
    def runs(self) -> Bucket:
        return Bucket(self.aws, self.settings.runs_bucket)

    @property
    def labels(self) -> Bucket:
        return Bucket(self.aws, self.settings.labels_bucket)

    def run(self, name: str | None) -> RunRecord:
        """By id, by date (its daily run), or the newest. Raises RunNotFoundError."""
        if name is None:
            newest = next(iter(self.ledger.runs()), None)
            if newest is None:
                raise RunNotFoundError("there is no run yet", hint="start one: `labeler run start`")
            return newest
        try:
            return self.ledger.run(layout.run_id(date.fromisoformat(name)))
        except ValueError:
            return self.ledger.run(name)

    def summary(self, run_id: str) -> RunSummary | None:
        """None until the run's first generation is published."""
        return find_message(self.runs, layout.summary_key(run_id), RunSummary)

    def drift(self, run_id: str) -> DriftReport | None:
        """None until somebody looked for it: `labeler monitor run`."""
        return find_message(self.runs, layout.drift_key(run_id), DriftReport)

    def generation(self, run_id: str, generation: int) -> PublishedGeneration:
        return read_message(self.runs, layout.generation_key(run_id, generation), PublishedGeneration)
