"""A pipeline on a local AWS, seen from outside: its address, settings, buckets and ledger."""

from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from labeler import layout
from labeler.aws import Aws
from labeler.ledger import Ledger
from labeler.settings import (
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)
from labeler.storage import Bucket
from labeler_local.emulator.cloud import Cloud
from labeler_local.emulator.faults import Faults
from labeler_local.emulator.pipeline import Pipeline, Resources
from labeler_local.emulator.server import Observer

AnySettings = TypeVar("AnySettings", bound=ProcessSettings)


class StackAccess:
    def __init__(self, cloud: Cloud, pipeline: Pipeline) -> None:
        self._cloud, self._pipeline = cloud, pipeline

    @property
    def aws(self) -> Aws:
        return self._cloud.aws

    @property
    def aws_variables(self) -> dict[str, str]:
        return self._cloud.variables

    @property
    def resources(self) -> Resources:
        return self._pipeline.resources

    @property
    def endpoint(self) -> str:
        return self._cloud.endpoint

    @property
    def faults(self) -> Faults:
        return self._cloud.server.faults

    def observe(self, observer: Observer) -> None:
        """Called for every response from now on, in the thread that responds."""
        self._cloud.server.observe(observer)

    @property
    def manifest_settings(self) -> ManifestSettings:
        return self._settings(ManifestSettings)

    @property
    def worker_settings(self) -> WorkerSettings:
        return self._settings(WorkerSettings)

    @property
    def completion_settings(self) -> CompletionSettings:
        return self._settings(CompletionSettings)

    @property
    def monitoring_settings(self) -> MonitoringSettings:
        return self._settings(MonitoringSettings)

    @property
    def operator_settings(self) -> OperatorSettings:
        return self._settings(OperatorSettings)

    def environment(self) -> dict[str, str]:
        """The variables with which another process, or another terminal, works with this stack."""
        environment = dict(self.aws_variables)
        for variables in self._pipeline.variables.values():
            environment |= variables
        return environment

    def _settings(self, settings: type[AnySettings]) -> AnySettings:
        return settings.from_environment(self._pipeline.variables.get(settings, {}))

    @property
    def ledger(self) -> Ledger:
        return Ledger(self.aws, self.resources.ledger_table)

    @property
    def raw(self) -> Bucket:
        return Bucket(self.aws, self.resources.raw_bucket)

    @property
    def labels(self) -> Bucket:
        return Bucket(self.aws, self.resources.labels_bucket)

    @property
    def runs(self) -> Bucket:
        return Bucket(self.aws, self.resources.runs_bucket)

    def put_files(self, files: Mapping[str, bytes], landing_date: date) -> list[str]:
        """Lands files under their names and returns their keys."""
        prefix = layout.landing_prefix(landing_date, self.manifest_settings.landing_root)
        for name, body in files.items():
            self.raw.put(f"{prefix}{name}", body, "text/csv")
        return [f"{prefix}{name}" for name in files]
