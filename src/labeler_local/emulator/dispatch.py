"""The schedule of the tick, and the threads that run it and the event source mapping."""

import threading
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from labeler_local.emulator.event_source import QueueMapping
from labeler_local.emulator.functions import Functions
from labeler_local.emulator.pipeline import Rule


class Schedule:
    """EventBridge's rate rule."""

    def __init__(self, functions: Functions, *, rule: Rule, region: str, account: str) -> None:
        self._functions = functions
        self._rule = rule
        self._region = region
        self._account = account

    def tick(self) -> Any:
        """Raises what the function raises."""
        return self._functions.invoke(self._rule.function, self._event())

    def _event(self) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": self._account,
            "time": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self._region,
            "resources": [self._rule.arn],
            "detail": {},
        }


class Dispatch:
    """Event source mapping and schedule in a thread each, until stopped."""

    def __init__(self, mapping: QueueMapping, schedule: Schedule, *, tick_s: float) -> None:
        self._mapping = mapping
        self._schedule = schedule
        self._tick_s = tick_s
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        if self._threads:
            return
        self._stopping.clear()
        self._threads = [self._thread(self._poll, "completion-events"), self._thread(self._tick_on_time, "schedule")]

    def stop(self) -> None:
        """Waits for the calls that run."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._threads = []

    def _thread(self, run: Callable[[], None], name: str) -> threading.Thread:
        thread = threading.Thread(target=run, name=name, daemon=True)
        thread.start()
        return thread

    def _poll(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._mapping.deliver_batch(wait_s=1) == 0:
                    self._stopping.wait(0.05)
            except Exception:  # noqa: BLE001 - injected faults reach these calls too; the mapping tries again
                self._stopping.wait(0.5)

    def _tick_on_time(self) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            with suppress(Exception):  # noted by Functions; the schedule outlives whatever a function raises
                self._schedule.tick()
            due = max(due + self._tick_s, time.monotonic())
