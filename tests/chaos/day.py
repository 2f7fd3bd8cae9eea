"""A day on the local AWS: files land, the manifest function opens the run, worker processes label it."""

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psutil

from labeler import layout
from labeler.manifest.dispatch import work_units
from labeler.messages import RunPlan, RunState, WorkUnit
from labeler.published import RunSummary
from labeler.run_index import RunIndex
from labeler_local.emulator.faults import Call
from labeler_local.emulator.functions import MANIFEST
from tests.chaos.ground_truth import Expected, Landed
from tests.chaos.reconciliation import Rows, published, reconcile

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

TIMEOUT_S = 120.0
FIRST_DAY = date(2026, 3, 2)


def eventually(is_so: Callable[[], Any], *, what: str) -> None:
    """Waits for a condition, never for a time."""
    ends = time.monotonic() + TIMEOUT_S
    while not is_so():
        if time.monotonic() > ends:
            raise AssertionError(f"{what}: not within {TIMEOUT_S:g} s")
        time.sleep(0.05)


def await_workers(stack: "LocalStack") -> None:
    """Until all that run have loaded their libraries and connected to the queue."""
    port = int(stack.endpoint.rpartition(":")[2])

    def is_at_work(process_id: int) -> bool:
        connections = psutil.Process(process_id).net_connections()
        return any(connection.raddr and connection.raddr.port == port for connection in connections)

    for worker in stack.workers.running():
        eventually(lambda: is_at_work(worker.process.pid), what=f"worker {worker.index} is ready")  # noqa: B023


class Day:
    """One run of its own; several days may follow each other on a stack."""

    def __init__(self, stack: "LocalStack", run_date: date) -> None:
        self.stack = stack
        self.run_date = run_date
        self.run_id = layout.run_id(run_date)
        self.expected: dict[str, Expected] = {}

    def land(self, files: Sequence[Landed]) -> "Day":
        keys = self.stack.put_files({file.name: file.body for file in files}, self.run_date)
        self.expected |= {key: file.expected for key, file in zip(keys, files, strict=True)}
        return self

    def start(self) -> RunPlan:
        plan = self.stack.invoke(MANIFEST, {"run_date": self.run_date.isoformat()})
        return RunPlan.model_validate(plan)

    @property
    def index(self) -> RunIndex:
        return RunIndex.parse(self.stack.runs.get(layout.index_key(self.run_id)), source="manifest.json")

    def units(self) -> list[WorkUnit]:
        return list(work_units(self.index))

    def send(self, unit: WorkUnit) -> None:
        self.stack.aws.sqs.send_message(QueueUrl=self.stack.resources.work_queue.url, MessageBody=unit.to_json())

    def receipts(self) -> int:
        return len(list(self.stack.runs.sizes(layout.receipts_prefix(self.run_id))))

    def count(self, name: Any) -> int:
        """Of the work queue."""
        url = self.stack.resources.work_queue.url
        return int(self.stack.aws.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[name])["Attributes"][name])

    @property
    def in_flight(self) -> int:
        return self.count("ApproximateNumberOfMessagesNotVisible")

    @property
    def is_queue_empty(self) -> bool:
        return self.in_flight == 0 and self.count("ApproximateNumberOfMessages") == 0

    @contextmanager
    def paused_workers(self) -> Iterator[None]:
        """They hold still, whatever they have in hand; what is done meanwhile comes before what they do next."""
        running = self.stack.workers.running()
        for worker in running:
            worker.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            for worker in running:
                worker.process.send_signal(signal.SIGCONT)

    def published(self, generation: int = 1) -> RunSummary:
        """Waits for a generation of the run."""

        def is_there() -> bool:
            run = self.stack.ledger.run(self.run_id)
            return run.state.is_published and run.generation >= generation

        eventually(is_there, what=f"generation {generation} of {self.run_id} is published")
        return published(self.stack, self.run_id).summary

    def reconciled(self, generation: int = 1) -> Rows:
        """The label rows of a run that ended well: every file accounted for, each row once."""
        summary = self.published(generation)
        assert summary.state is RunState.COMPLETE, summary.reasons
        assert summary.generation == generation
        return reconcile(self.stack, self.run_id, self.expected)


class Calendar:
    """A new day for each run on the shared stack."""

    def __init__(self, stack: "LocalStack") -> None:
        self.stack = stack
        self._next = FIRST_DAY

    def day(self) -> Day:
        self._next += timedelta(days=1)
        return Day(self.stack, self._next)


def is_raw_get(call: Call) -> bool:
    return call.service == "s3" and call.method == "GET" and call.path.startswith("/labeler-raw/landing/")


def is_receipt_put(call: Call) -> bool:
    return call.service == "s3" and call.method == "PUT" and "/receipts/" in call.path
