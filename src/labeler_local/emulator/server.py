"""moto's server on a free loopback port, with what moto lacks in front of it.

moto keeps its data in the module, so that there is one server in a process at a time, and it forgets
everything when it closes.
"""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from labeler.errors import SettingsError
from labeler_local.emulator.faults import Call, Faults
from labeler_local.emulator.moto_backend import load_moto, reset_moto, serialized
from labeler_local.emulator.wsgi import Application, Environ, StartResponse, read_body

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

Extension = Callable[[Call, Environ, bytes, StartResponse], Iterable[bytes]]
"""Responds to a call that moto does not support."""
Observer = Callable[[Call, Environ, bytes, int], None]
"""Gets each call, its headers, its body (of a POST) and the status of the response."""

_one_at_a_time = threading.Lock()


class Server:
    """S3, SQS, DynamoDB and Glue by moto; the rest by `extensions`."""

    def __init__(self, port: int = 0) -> None:
        self.faults = Faults()
        self._extensions: list[tuple[Callable[[Call], bool], Extension]] = []
        self._observers: list[Observer] = []
        self._requested_port = port
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def endpoint(self) -> str:
        """By name, not by address: cdk takes a bucket's name for a host name, which 127.0.0.1 does not allow."""
        if self._server is None:
            raise RuntimeError("the server is not started")
        return f"http://localhost:{self._server.server_port}"

    def extend(self, serves: Callable[[Call], bool], extension: Extension) -> None:
        self._extensions.append((serves, extension))

    def observe(self, observer: Observer) -> None:
        """Called for every response from now on, in the thread that responds."""
        self._observers.append(observer)

    def start(self) -> None:
        """Raises SettingsError when moto is missing, the port is taken or this process has a server already."""
        make_server, application, handler = load_moto()
        if not _one_at_a_time.acquire(blocking=False):
            raise SettingsError("this process has a local stack already", hint="close it first")
        try:
            reset_moto()
            self._server = make_server(
                "127.0.0.1",
                self._requested_port,
                lambda environ, start: self._answer(environ, start, application),
                threaded=True,
                request_handler=handler,
            )
        except (OSError, SystemExit) as error:
            _one_at_a_time.release()
            raise SettingsError(f"port {self._requested_port} can't be opened", hint="choose another one") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server = self._thread = None
        reset_moto()
        _one_at_a_time.release()

    def _answer(self, environ: Environ, start_response: StartResponse, moto: Application) -> Iterable[bytes]:
        call = parse_call(environ)
        start_response = self._observed(call, environ, start_response)

        def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            extension = next((answer for serves, answer in self._extensions if serves(call)), None)
            if extension is not None:
                return extension(call, environ, read_body(environ), start_response)
            with serialized(call, environ):
                return moto(environ, start_response)

        return self.faults.answer(call, environ, start_response, serve)

    def _observed(self, call: Call, environ: Environ, start_response: StartResponse) -> StartResponse:
        if not self._observers:
            return start_response
        body = read_body(environ) if call.method == "POST" else b""

        def start(status: str, headers: list[tuple[str, str]]) -> object:
            for observe in self._observers:
                observe(call, environ, body, int(status[:3]))
            return start_response(status, headers)

        return start


def parse_call(environ: Environ) -> Call:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition(",")[0].split("/")
    return Call(
        service=scope[3] if len(scope) == 5 else "s3",
        action=target.rpartition(".")[2],
        method=str(environ["REQUEST_METHOD"]),
        path=str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace"),
        query=str(environ.get("QUERY_STRING", "")),
    )
