"""Where tests break the local AWS on purpose: rules that respond instead of, or after, the real service."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from labeler_local.emulator.wsgi import Application, Environ, StartResponse, error_response


class Call(NamedTuple):
    """A request as a rule sees it."""

    service: str
    """s3, sqs, dynamodb, glue or lambda."""
    action: str
    """For example SendMessageBatch; empty for S3 and Lambda, whose action is in method, path and query."""
    method: str
    path: str
    """Unquoted; S3's is /<bucket>/<key>."""
    query: str


@dataclass
class Fault:
    matches: Callable[[Call], bool]
    status: int | None = 503
    """None: the normal response, after `delay_s`."""
    code: str = "SlowDown"
    times: int | None = None
    """How many matching calls it affects; None: all."""
    probability: float = 1.0
    is_applied: bool = False
    """True: the call takes effect and only its response is lost."""
    delay_s: float = 0.0
    seed: int = 0
    hits: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a test repeats itself by the seed

    def applies(self, call: Call) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if not self.matches(call) or self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The rules of one server; the first one that matches decides."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> Fault:
        with self._lock:
            self._rules.append(fault)
        return fault

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def first_match(self, call: Call) -> Fault | None:
        with self._lock:
            return next((rule for rule in self._rules if rule.applies(call)), None)

    def answer(
        self, call: Call, environ: Environ, start_response: StartResponse, application: Application
    ) -> Iterable[bytes]:
        fault = self.first_match(call)
        if fault is None:
            return application(environ, start_response)
        time.sleep(fault.delay_s)
        if fault.status is None:
            return application(environ, start_response)
        if fault.is_applied:
            _discard(application(environ, lambda _status, _headers: None))
        return error_response(call.service, fault.status, fault.code, "a fault that a test asked for", start_response)


def _discard(response: Iterable[bytes]) -> None:
    for _ in response:
        pass
    close = getattr(response, "close", None)
    if close is not None:
        close()
