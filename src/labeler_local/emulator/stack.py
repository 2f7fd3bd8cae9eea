"""The local AWS put together: server, resources, functions, events, workers."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

from labeler.aws import Aws
from labeler.settings import DEFAULT_TASK, WorkerSettings
from labeler.task import load_task
from labeler_local.emulator.cloud import Cloud, started_cloud
from labeler_local.emulator.dispatch import Dispatch, Schedule
from labeler_local.emulator.environment import ACCOUNT, REGION, installed
from labeler_local.emulator.event_source import QueueMapping
from labeler_local.emulator.functions import FunctionFailure, Functions
from labeler_local.emulator.invocations import Invocations, is_invocation
from labeler_local.emulator.message_moves import MessageMoves, is_move_call
from labeler_local.emulator.options import StackOptions, parse_options
from labeler_local.emulator.pipeline import Pipeline, Resources, build_pipeline
from labeler_local.emulator.registry_server import ServedRegistry, served_registry
from labeler_local.emulator.resources import create_resources
from labeler_local.emulator.stack_access import StackAccess
from labeler_local.emulator.workers import Worker, Workers


class LocalStack(StackAccess):
    """A running pipeline. Created by `local_stack` or by `deployed_stack`, which also close it."""

    registry: ServedRegistry | None = None
    """MLflow's server, where the stack has one of its own."""

    def __init__(
        self, directory: Path, cloud: Cloud, pipeline: Pipeline, options: StackOptions, opened: ExitStack
    ) -> None:
        super().__init__(cloud, pipeline)
        self.directory = directory.resolve()
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

    def invoke(self, function: str, event: object) -> Any:
        """Through the real Invoke. Raises FunctionFailedError when the function does."""
        answer = self.aws.lambda_.invoke(FunctionName=function, Payload=json.dumps(event).encode())
        body = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise FunctionFailedError(body)
        return body

    def deliver_completions(self) -> int:
        """Delivers all messages that are visible in its queue now to the completion function, and counts them."""
        return sum(iter(self._mapping.deliver_batch, 0))

    @property
    def completions_delivered(self) -> int:
        """Messages of its queue that the completion function has taken so far."""
        return self._mapping.delivered

    def tick(self) -> Any:
        """One tick of the schedule. Raises what the function raises."""
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
    stack_options, folder = parse_options(options), directory.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        cloud = opened.enter_context(started_cloud(stack_options.port))
        resources = _resources(cloud.aws, stack_options)
        registry = (
            opened.enter_context(_registry(folder, cloud, resources, stack_options))
            if stack_options.is_serving_mlflow
            else None
        )
        uri = registry.server.uri if registry else f"sqlite:///{folder}/mlflow.db"
        pipeline = build_pipeline(
            resources, {"registry_uri": uri, **stack_options.settings}, region=REGION, account=ACCOUNT
        )
        stack = LocalStack(folder, cloud, pipeline, stack_options, opened)
        stack.registry = registry
        if is_dispatching:
            stack.start_dispatch()
        yield stack


def _registry(
    folder: Path, cloud: Cloud, resources: Resources, options: StackOptions
) -> AbstractContextManager[ServedRegistry]:
    bucket, port = resources.registry_bucket, options.mlflow_port
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
