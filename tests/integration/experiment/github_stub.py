"""A GitHub on loopback for one repository, and the faults that a proposal meets there."""

import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

from tests.integration.experiment.github_api import GitHubApi, RefusedError

TOKEN = "ghp_0123456789secret"  # noqa: S105


@dataclass
class Fault:
    """The next `times` requests that match get this instead of an answer."""

    method: str
    path: str
    """A regular expression, searched in the path."""
    status: int = 500
    message: str = "Server Error"
    headers: dict[str, str] = field(default_factory=dict)
    times: int = 1_000_000
    delay_s: float = 0.0
    takes_effect: bool = False
    """The call is done, only its answer is lost."""
    body: bytes | None = None


class GitHubStub(GitHubApi):
    """Served while the context is open; `url` is the API's."""

    def __init__(self, files: Mapping[str, str]) -> None:
        super().__init__(files)
        self.requests: list[tuple[str, str]] = []
        self.faults: list[Fault] = []
        self.calls: list[Any] = []

    def before(self, method: str, path: str, do: Any) -> None:
        """`do` happens once, right before the next such request is answered: somebody else was faster."""
        self.calls.append((method, path, do))

    def writes(self) -> list[tuple[str, str]]:
        return [request for request in self.requests if request[0] != "GET"]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 64 * 1024  # headers and body in one packet: else each answer waits for an acknowledgement

            def handle_any(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                stub.handle(self, body)

            do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = handle_any  # noqa: N815

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def handle(self, handler: BaseHTTPRequestHandler, body: Any) -> None:
        parts = urlsplit(handler.path)
        method, path = handler.command, unquote(parts.path)
        with self._lock:
            self.requests.append((method, path))
            due = [call for call in self.calls if call[0] == method and re.search(call[1], path)][:1]
            for call in due:
                self.calls.remove(call)
        for call in due:
            call[2]()
        try:
            if handler.headers.get("Authorization") not in {f"token {TOKEN}", f"Bearer {TOKEN}"}:
                raise RefusedError(401, "Bad credentials")
            fault = self._fault(method, path)
            if fault and not fault.takes_effect:
                self._break(handler, fault)
                return
            with self._lock:
                status, answer = self.answer(method, path, parse_qs(parts.query), body)
            if fault:
                self._break(handler, fault)
                return
            self._send(handler, status, json.dumps(answer).encode())
        except RefusedError as refused:
            self._send(handler, refused.status, json.dumps(refused.body).encode())

    def _fault(self, method: str, path: str) -> Fault | None:
        with self._lock:
            for fault in self.faults:
                if fault.times > 0 and fault.method == method and re.search(fault.path, path):
                    fault.times -= 1
                    return fault
        return None

    def _break(self, handler: BaseHTTPRequestHandler, fault: Fault) -> None:
        time.sleep(fault.delay_s)
        body = fault.body if fault.body is not None else json.dumps({"message": fault.message}).encode()
        self._send(handler, fault.status, body, fault.headers)

    def _send(
        self, handler: BaseHTTPRequestHandler, status: int, body: bytes, headers: Mapping[str, str] | None = None
    ) -> None:
        try:
            handler.send_response(status)
            for name, value in {**(headers or {}), "Content-Length": str(len(body))}.items():
                handler.send_header(name, value)
            handler.send_header("Content-Type", "application/json; charset=utf-8")
            handler.end_headers()
            handler.wfile.write(body)
            handler.wfile.flush()
        except (BrokenPipeError, ConnectionResetError):
            pass  # the client has given up waiting, as the test wanted


@contextmanager
def github_stub(files: Mapping[str, str]) -> Iterator[GitHubStub]:
    with GitHubStub(files) as stub:
        yield stub
