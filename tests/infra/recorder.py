"""Who needed what on the local AWS: each process has an access key of its own, as it has a role of its own on AWS."""

import contextlib
import io
import json
import os
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import boto3

from labeler import layout
from labeler.aws import Aws
from labeler.cli import main as command
from labeler.telemetry import get_logger
from labeler.worker.consume import Consumer
from labeler_local.emulator.faults import Call
from labeler_local.emulator.functions import COMPLETION, MANIFEST, TICK
from labeler_local.emulator.stack import FunctionFailedError
from labeler_local.emulator.wsgi import Environ
from tests.infra.calls import Need, Request, needs

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

ROLES = {MANIFEST: "ManifestRole", COMPLETION: "CompletionRole", TICK: "TickRole"}
NOBODY = "local"
"""The access key of the stack's own client: the test's hands, which land files and break things."""


class Recorder:
    """Inside a function, which runs in this process, the caller is known by which function runs."""

    def __init__(self, stack: "LocalStack") -> None:
        self.needs: dict[str, Counter[Need]] = {}
        self.faults: list[Exception] = []
        self._lock = threading.Lock()
        self._running: list[str] = []
        stack.observe(self._record)
        self._invoke = stack.functions.invoke
        stack.functions.invoke = self._invoke_as_role  # type: ignore[method-assign]

    @contextmanager
    def acting_as(self, role: str) -> Iterator[None]:
        """For what the test does in the place of AWS: Lambda's poller works under the function's role."""
        self._running.append(role)
        try:
            yield
        finally:
            self._running.pop()

    def _invoke_as_role(self, name: str, *arguments: Any, **named: Any) -> Any:
        with self.acting_as(ROLES[name]):
            return self._invoke(name, *arguments, **named)

    def _record(self, call: Call, environ: Environ, body: bytes, status: int) -> None:
        key = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition("/")[0]
        # a worker has threads of its own and may speak while a function runs; everybody else waits for it
        role = self._running[-1] if self._running and key != "WorkerRole" else key
        if role == NOBODY:
            return
        headers = {name: str(value) for name, value in environ.items() if name.startswith("HTTP_")}
        request = Request(call.service, call.action, call.method, call.path, call.query, headers, body, status)
        try:
            needed = needs(request)
        except Exception as error:  # noqa: BLE001 - in the server's thread it would be lost
            self.faults.append(error)
            return
        with self._lock:
            self.needs.setdefault(role, Counter()).update(needed)

    def counted(self) -> dict[str, dict[str, int]]:
        """How often each action was asked for until now, by the processes of the run."""
        counts: dict[str, dict[str, int]] = {}
        for role in ("ManifestRole", "CompletionRole", "TickRole", "WorkerRole"):
            total: Counter[str] = Counter()
            for need, number in self.needs[role].items():
                total[need.action] += number
            counts[role] = dict(sorted(total.items()))
        return counts


class Actors:
    """The processes of a run, each with credentials of its own."""

    def __init__(self, stack: "LocalStack", recorder: Recorder) -> None:
        self.stack, self.recorder = stack, recorder

    def aws(self, role: str) -> Aws:
        return Aws(boto3.Session(aws_access_key_id=role, aws_secret_access_key=role, region_name="eu-west-1"))

    def labeler(self, role: str, *arguments: str) -> str:
        """A command in this process; what it printed. Raises RuntimeError when it does not end well."""
        output, before = io.StringIO(), os.environ["AWS_ACCESS_KEY_ID"]
        os.environ["AWS_ACCESS_KEY_ID"], sys.argv = role, ["labeler", *arguments]
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                command()
        except SystemExit as leaving:
            if leaving.code:
                raise RuntimeError(f"labeler {' '.join(arguments)}: {leaving.code} {output.getvalue()}") from leaving
        finally:
            os.environ["AWS_ACCESS_KEY_ID"] = before
        return output.getvalue()

    def work(self) -> None:
        """One worker until nothing is left for it."""
        quick = {"idle_exit_s": 2.0, "receive_wait_s": 1, "fetch_threads": 4}
        settings = self.stack.worker_settings.model_copy(update=quick)
        Consumer(settings, self.aws("WorkerRole"), worker_id="recorded", logger=get_logger("worker")).run()

    def complete(self) -> None:
        with self.recorder.acting_as("CompletionRole"):
            self.stack.deliver_completions()

    def airflow_opens(self, day: date, **more: str) -> None:
        """As its sensor and its operator do: the generation is asked for before and after it is there."""
        self.airflow_looks(day)
        payload = json.dumps({"run_date": day.isoformat(), **more}).encode()
        answer = self.aws("Orchestrator").lambda_.invoke(FunctionName=MANIFEST, Payload=payload)
        if answer.get("FunctionError"):
            raise FunctionFailedError(json.loads(answer["Payload"].read()))

    def airflow_looks(self, day: date) -> None:
        s3, place, run = self.aws("Orchestrator").s3, {"Bucket": self.stack.resources.runs_bucket}, layout.run_id(day)
        try:
            s3.head_object(**place, Key=layout.generation_key(run, 1))
            s3.get_object(**place, Key=layout.summary_key(run))["Body"].read()
        except s3.exceptions.ClientError as error:
            if error.response["Error"]["Code"] != "404":
                raise
