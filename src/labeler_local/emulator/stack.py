"""The local AWS put together: server, resources, functions, events, workers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from labeler import layout
from labeler.aws import Aws
from labeler.ledger import Ledger
from labeler.settings import (
    DEFAULT_TASK,
    CompletionSettings,
    ManifestSettings,
    MonitoringSettings,
    OperatorSettings,
    ProcessSettings,
    WorkerSettings,
)
from labeler.storage import Bucket
from labeler.task import load_task
from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.dispatch import Dispatch, QueueMapping, Schedule
from labeler_local.emulator.environment import installed
from labeler_local.emulator.faults import Faults
from labeler_local.emulator.functions import FunctionFailure, Functions
from labeler_local.emulator.invocations import Invocations, is_invocation
from labeler_local.emulator.moves import MessageMoves, is_move_call
from labeler_local.emulator.options import StackOptions, options_of
from labeler_local.emulator.pipeline import Pipeline, Resources
from labeler_local.emulator.registry_server import ServedRegistry, served_registry
from labeler_local.emulator.resources import create_resources, pipeline_of
from labeler_local.emulator.server import ACCOUNT, REGION, Observer
from labeler_local.emulator.workers import Worker, Workers

AnySettings = TypeVar("AnySettings", bound=ProcessSettings)


class LocalStack:
    """A pipeline at work. Made by `local_stack` or by `deployed_stack`, which also close it."""

    registry: ServedRegistry | None = None
    """MLflow's server, where the stack has one of its own."""

    def __init__(
        self, directory: Path, cloud: Cloud, pipeline: Pipeline, options: StackOptions, opened: ExitStack
    ) -> None:
        self.directory, self._cloud, self._pipeline = directory.resolve(), cloud, pipeline
        logs = self.directory / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        opened.enter_context(installed(self.environment()))
        self.functions = Functions(options.code, logs, region=REGION, account=ACCOUNT, definitions=pipeline.functions)
        opened.callback(self.functions.close)
        cloud.server.extend(is_invocation, Invocations(self.functions).answer)
        cloud.server.extend(is_move_call, MessageMoves(ACCOUNT, REGION).answer)
        variables = {**cloud.variables, **pipeline.variables[WorkerSettings]}
        self.workers = Workers(variables, logs, is_restarting=options.is_restarting_workers)
        opened.callback(self.workers.stop)
        self._mapping = QueueMapping(self.aws, self.functions, source=pipeline.completion, region=REGION)
        self._schedule = Schedule(self.functions, rule=pipeline.tick, region=REGION, account=ACCOUNT)
        self._dispatch = Dispatch(self._mapping, self._schedule, tick_s=options.tick_s)
        opened.callback(self._dispatch.stop)

    # ---- where it is

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
        """It hears of every answer from now on, in the thread that answers."""
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
        """All that another process, or another terminal, needs to work with this stack."""
        found = dict(self.aws_variables)
        for variables in self._pipeline.variables.values():
            found |= variables
        return found

    def _settings(self, kind: type[AnySettings]) -> AnySettings:
        return kind.from_environment(self._pipeline.variables.get(kind, {}))

    # ---- what is in it

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
        """Lands files under their names; the keys."""
        prefix = layout.landing_prefix(landing_date, self.manifest_settings.landing_root)
        for name, body in files.items():
            self.raw.put(f"{prefix}{name}", body, "text/csv")
        return [f"{prefix}{name}" for name in files]

    # ---- what happens in it

    def invoke(self, function: str, event: object) -> Any:
        """Through the real Invoke. Raises FunctionFailedError when the function does."""
        answer = self.aws.lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailedError(body)
        return body

    def deliver_completions(self) -> int:
        """Hands the completion function all messages that its queue shows now, and counts them."""
        return sum(iter(self._mapping.deliver_batch, 0))

    @property
    def completions_delivered(self) -> int:
        """Messages of its queue that the completion function has taken so far."""
        return self._mapping.delivered

    def tick(self) -> Any:
        """One beat of the schedule. Raises what the function raises."""
        return self._schedule.tick()

    def start_dispatch(self) -> None:
        """From now on completion messages and ticks come by themselves."""
        self._dispatch.start()

    def stop_dispatch(self) -> None:
        self._dispatch.stop()

    def start_workers(self, count: int = 1) -> list[Worker]:
        return self.workers.start(count)

    @property
    def errors(self) -> list[FunctionFailure]:
        """What functions raised so far, oldest first; tracebacks are in their log files."""
        return list(self.functions.failures)


class FunctionFailedError(Exception):
    """A function raised: `body` is what Lambda says of it."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(f"{body.get('errorType')}: {body.get('errorMessage')}")
        self.body = body


@contextmanager
def local_stack(directory: Path, *, is_dispatching: bool = True, **options: Any) -> Iterator[LocalStack]:
    """A stack with its files below `directory`, until the block ends.

    Options are the fields of StackOptions and of the processes' settings (unit_max_files=50,
    failure_tolerance=0.5, ...). Raises SettingsError for any other, and when moto or PostgreSQL is missing.
    """
    wanted, folder = options_of(options), directory.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        cloud = opened.enter_context(started_cloud(wanted.port))
        made = _resources(cloud.aws, wanted)
        registry = opened.enter_context(_registry(folder, cloud, made, wanted)) if wanted.is_serving_mlflow else None
        uri = registry.server.uri if registry else f"sqlite:///{folder}/mlflow.db"
        pipeline = pipeline_of(made, {"registry_uri": uri, **wanted.settings}, region=REGION, account=ACCOUNT)
        stack = LocalStack(folder, cloud, pipeline, wanted, opened)
        stack.registry = registry
        if is_dispatching:
            stack.start_dispatch()
        yield stack


def _registry(
    folder: Path, cloud: Cloud, made: Resources, options: StackOptions
) -> AbstractContextManager[ServedRegistry]:
    bucket, port = made.registry_bucket, options.mlflow_port
    return served_registry(folder, bucket=bucket, aws=cloud.variables, port=port, progress=options.progress)


def _resources(aws: Aws, options: StackOptions) -> Resources:
    return create_resources(
        aws,
        visibility_timeout_s=options.visibility_timeout_s,
        max_receives=options.max_receives,
        completion_visibility_timeout_s=options.completion_visibility_timeout_s,
        completion_max_receives=options.completion_max_receives,
        identity_columns=load_task(options.settings.get("task", DEFAULT_TASK)).identity_columns,
    )
