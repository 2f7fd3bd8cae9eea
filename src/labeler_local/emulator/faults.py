"""Where tests break the local AWS on purpose: rules that answer a call instead of, or after, the real service."""

import json
import random
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Environ = dict[str, object]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


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
    """None: the call is answered as always, after `delay_s`."""
    code: str = "SlowDown"
    times: int | None = None
    """How many matching calls it hits; None: all."""
    probability: float = 1.0
    is_applied: bool = False
    """True: the call takes effect and only its answer is lost."""
    delay_s: float = 0.0
    seed: int = 0
    hits: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # noqa: S311 - a test repeats itself by the seed

    def strikes(self, call: Call) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        if not self.matches(call) or self._random.random() >= self.probability:
            return False
        self.hits += 1
        return True


class Faults:
    """The rules of one server; the first that strikes decides."""

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

    def striking(self, call: Call) -> Fault | None:
        with self._lock:
            return next((rule for rule in self._rules if rule.strikes(call)), None)

    def answer(
        self, call: Call, environ: Environ, start_response: StartResponse, application: Application
    ) -> Iterable[bytes]:
        fault = self.striking(call)
        if fault is None:
            return application(environ, start_response)
        time.sleep(fault.delay_s)
        if fault.status is None:
            return application(environ, start_response)
        if fault.is_applied:
            _swallow(application(environ, lambda _status, _headers: None))
        return error_answer(call.service, fault.status, fault.code, "a fault that a test asked for", start_response)


def error_answer(service: str, status: int, code: str, message: str, start_response: StartResponse) -> Iterable[bytes]:
    """An error as the service would write it: XML for S3, JSON for the rest."""
    if service == "s3":
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
        return json_answer(status, text, start_response, content_type="application/xml")
    body = json.dumps({"__type": code, "message": message})
    return json_answer(status, body, start_response, headers=[("x-amzn-errortype", code)])


def json_answer(
    status: int,
    text: str,
    start_response: StartResponse,
    *,
    headers: Iterable[tuple[str, str]] = (),
    content_type: str = "application/json",
) -> Iterable[bytes]:
    body = text.encode()
    start_response(
        f"{status} {'OK' if status < 300 else 'Error'}",
        [("Content-Type", content_type), ("Content-Length", str(len(body))), *headers],
    )
    return [body]


def _swallow(answer: Iterable[bytes]) -> None:
    for _ in answer:
        pass
    close = getattr(answer, "close", None)
    if close is not None:
        close()
