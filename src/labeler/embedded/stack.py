"""The local AWS put together: server, resources, functions, events, workers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from labeler import layout
from labeler.aws import Aws
from labeler.embedded.children import Progress
from labeler.embedded.dispatch import Dispatch, QueueMapping, Schedule
from labeler.embedded.environment import aws_variables, installed, session
from labeler.embedded.faults import Faults
from labeler.embedded.functions import COMPLETION, MANIFEST, TICK, FunctionFailure, Functions
from labeler.embedded.invocations import Invocations, is_invocation
from labeler.embedded.moves import MessageMoves, is_move_call
from labeler.embedded.registry_server import ServedRegistry, served_registry
from labeler.embedded.resources import create_resources, settings_of
from labeler.embedded.server import ACCOUNT, REGION, Server
from labeler.embedded.workers import Worker, Workers
from labeler.errors import SettingsError
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

AnySettings = TypeVar("AnySettings", bound=ProcessSettings)
KINDS: tuple[type[ProcessSettings], ...] = (
    ManifestSettings,
    WorkerSettings,
    CompletionSettings,
    OperatorSettings,
    MonitoringSettings,
)


class LocalStack:
    """Made by `local_stack`, which also closes it."""

    def __init__(self, directory: Path, options: "StackOptions", opened: ExitStack) -> None:
        self.directory = directory.resolve()
        self._logs = self.directory / "logs"
        self._logs.mkdir(parents=True, exist_ok=True)
        self._server = Server(options.port)
        self._server.start()
        opened.callback(self._server.stop)
        self.aws_variables = aws_variables(self.endpoint, REGION)
        opened.enter_context(installed(self.aws_variables))
        self.aws = Aws(session(self.endpoint, REGION))
        self.resources = create_resources(
            self.aws,
            visibility_timeout_s=options.visibility_timeout_s,
            max_receives=options.max_receives,
            completion_visibility_timeout_s=options.completion_visibility_timeout_s,
            completion_max_receives=options.completion_max_receives,
            identity_columns=load_task(options.settings.get("task", DEFAULT_TASK)).identity_columns,
        )
        self.registry = opened.enter_context(self._served_registry(options)) if options.is_serving_mlflow else None
        own = {"manifest_function": MANIFEST, "registry_uri": self._registry_uri}
        self._values: dict[str, Any] = {**settings_of(self.resources), **own, **options.settings}
        opened.enter_context(installed(self.environment()))
        self.functions = Functions(options.code, self._logs, region=REGION, account=ACCOUNT)
        opened.callback(self.functions.close)
        self._server.extend(is_invocation, Invocations(self.functions).answer)
        self._server.extend(is_move_call, MessageMoves(ACCOUNT, REGION).answer)
        self.workers = Workers(self.environment(), self._logs, is_restarting=options.is_restarting_workers)
        opened.callback(self.workers.stop)
        self._mapping = QueueMapping(
            self.aws, self.functions, queue=self.resources.completion_queue, function=COMPLETION, region=REGION
        )
        self._schedule = Schedule(self.functions, function=TICK, region=REGION, account=ACCOUNT)
        self._dispatch = Dispatch(self._mapping, self._schedule, tick_s=options.tick_s)
        opened.callback(self._dispatch.stop)

    def _served_registry(self, options: "StackOptions") -> AbstractContextManager[ServedRegistry]:
        bucket, port = self.resources.registry_bucket, options.mlflow_port
        return served_registry(
            self.directory, bucket=bucket, aws=self.aws_variables, port=port, progress=options.progress
        )

    # ---- where it is

    @property
    def _registry_uri(self) -> str:
        return self.registry.server.uri if self.registry else f"sqlite:///{self.directory}/mlflow.db"

    @property
    def endpoint(self) -> str:
        return self._server.endpoint

    @property
    def faults(self) -> Faults:
        return self._server.faults

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
        for kind in KINDS:
            found |= self._settings(kind).as_environment()
        return found

    def _settings(self, kind: type[AnySettings]) -> AnySettings:
        return kind.model_validate({name: self._values[name] for name in kind.model_fields if name in self._values})

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
        """Through the real Invoke. Raises FunctionFailed when the function does."""
        answer = self.aws.lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailed(body)
        return body

    def deliver_completions(self) -> int:
        """Hands the completion function all messages that its queue shows now, and counts them."""
        return sum(iter(self._mapping.deliver_batch, 0))

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


class FunctionFailed(Exception):
    """A function raised: `body` is what Lambda says of it."""

    def __init__(self, body: dict[str, Any]) -> None:
        super().__init__(f"{body.get('errorType')}: {body.get('errorMessage')}")
        self.body = body


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOptions:
    tick_s: float = 1.0
    """Of the schedule, once dispatch runs."""
    visibility_timeout_s: int = 120
    max_receives: int = 4
    completion_visibility_timeout_s: int = 60
    completion_max_receives: int = 10
    is_restarting_workers: bool = False
    port: int = 0
    """0: a free one."""
    is_serving_mlflow: bool = False
    """The registry is MLflow's server with PostgreSQL and S3 behind it, not a SQLite file."""
    mlflow_port: int = 0
    progress: Progress = lambda _: None
    code: Path | None = None
    """Another functions folder than the checkout's."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the processes' settings, by name."""


@contextmanager
def local_stack(directory: Path, *, is_dispatching: bool = True, **options: Any) -> Iterator[LocalStack]:
    """A stack with its files below `directory`, until the block ends.

    Options are the fields of StackOptions and of the processes' settings (unit_max_files=50,
    failure_tolerance=0.5, ...). Raises SettingsError for any other, and when moto or PostgreSQL is missing.
    """
    with ExitStack() as opened:
        stack = LocalStack(directory, _options(options), opened)
        if is_dispatching:
            stack.start_dispatch()
        yield stack


def _options(named: dict[str, Any]) -> StackOptions:
    own = {field.name for field in fields(StackOptions)} - {"settings"}
    of_settings = {name for kind in KINDS for name in kind.model_fields}
    unknown = sorted(set(named) - own - of_settings)
    if unknown:
        raise SettingsError(f"a local stack has no option {', '.join(unknown)}", way_out="see labeler/settings.py")
    return StackOptions(
        **{name: value for name, value in named.items() if name in own},
        settings={name: value for name, value in named.items() if name in of_settings},
    )
