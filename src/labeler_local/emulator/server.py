"""moto's server on a free loopback port, and in front of it what moto lacks.

moto keeps its data in the module, so that there is one server in a process at a time, and it forgets
everything when it closes.
"""

import io
import json
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from labeler.errors import SettingsError
from labeler_local.emulator.faults import Application, Call, Environ, Faults, StartResponse

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

ACCOUNT = "123456789012"
REGION = "eu-west-1"

Extension = Callable[[Call, Environ, bytes, StartResponse], Iterable[bytes]]
"""Answers a call that moto does not know."""
Observer = Callable[[Call, Environ, bytes, int], None]
"""Hears of each answer: the call, its headers, its body (of a POST), and the answer's status."""

_table_lock = threading.Lock()
_one_at_a_time = threading.Lock()


class Server:
    """S3, SQS, DynamoDB and Glue by moto; the rest by `extensions`."""

    def __init__(self, port: int = 0) -> None:
        self.faults = Faults()
        self._extensions: list[tuple[Callable[[Call], bool], Extension]] = []
        self._observers: list[Observer] = []
        self._wanted_port = port
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
        """It hears of every answer from now on, in the thread that answers."""
        self._observers.append(observer)

    def start(self) -> None:
        """Raises SettingsError when moto is missing, the port is taken or this process has a server already."""
        make_server, application, handler = _moto()
        if not _one_at_a_time.acquire(blocking=False):
            raise SettingsError("this process has a local stack already", hint="close it first")
        try:
            forget_everything()
            self._server = make_server(
                "127.0.0.1",
                self._wanted_port,
                lambda environ, start: self._answer(environ, start, application),
                threaded=True,
                request_handler=handler,
            )
        except (OSError, SystemExit) as error:
            _one_at_a_time.release()
            raise SettingsError(f"port {self._wanted_port} can't be opened", hint="choose another one") from error
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), name="aws", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server = self._thread = None
        forget_everything()
        _one_at_a_time.release()

    def _answer(self, environ: Environ, start_response: StartResponse, moto: Application) -> Iterable[bytes]:
        call = _call(environ)
        start_response = self._told(call, environ, start_response)

        def serve(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            extension = next((answer for serves, answer in self._extensions if serves(call)), None)
            if extension is not None:
                return extension(call, environ, _body(environ), start_response)
            with _serialised(call, environ):
                return moto(environ, start_response)

        return self.faults.answer(call, environ, start_response, serve)

    def _told(self, call: Call, environ: Environ, start_response: StartResponse) -> StartResponse:
        if not self._observers:
            return start_response
        body = _body(environ) if call.method == "POST" else b""

        def start(status: str, headers: list[tuple[str, str]]) -> object:
            for observe in self._observers:
                observe(call, environ, body, int(status[:3]))
            return start_response(status, headers)

        return start


def _moto() -> tuple[Callable[..., "BaseWSGIServer"], Application, type]:
    try:
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            MotoRequestHandler,
            create_backend_app,
        )
        from werkzeug.serving import make_server
    except ImportError as error:
        raise SettingsError(
            "the local AWS needs moto, which is not installed", hint="pip install 'labeler[local]'"
        ) from error

    class Silent(MotoRequestHandler):  # type: ignore[misc]
        """A line on stderr for each of thousands of requests helps nobody."""

        def log(self, kind: str, message: str, *values: object) -> None:
            pass

    return make_server, DomainDispatcherApplication(create_backend_app), Silent


def forget_everything() -> None:
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def _call(environ: Environ) -> Call:
    target = str(environ.get("HTTP_X_AMZ_TARGET", ""))
    scope = str(environ.get("HTTP_AUTHORIZATION", "")).partition("Credential=")[2].partition(",")[0].split("/")
    return Call(
        service=scope[3] if len(scope) == 5 else "s3",
        action=target.rpartition(".")[2],
        method=str(environ["REQUEST_METHOD"]),
        path=str(environ["PATH_INFO"]).encode("latin-1").decode("utf-8", "replace"),
        query=str(environ.get("QUERY_STRING", "")),
    )


def _body(environ: Environ) -> bytes:
    """Reads the whole body and puts it back for whoever comes next."""
    length = int(str(environ.get("CONTENT_LENGTH") or 0))
    body = cast("io.BufferedIOBase", environ["wsgi.input"]).read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def _serialised(call: Call, environ: Environ) -> AbstractContextManager[Any]:
    """moto is not safe where calls overlap, so what would break is served one at a time.

    Its queues bring back deleted messages and hand one out twice; the lock is the queue's own condition, which a
    long poll lets go of while it waits. Its DynamoDB transactions roll back by restoring a copy of the table, and
    so erase what other calls wrote meanwhile.
    """
    if call.service == "dynamodb":
        return _table_lock
    if call.service != "sqs" or not call.action:
        return nullcontext()
    from moto.sqs.models import sqs_backends

    url = json.loads(_body(environ) or b"{}").get("QueueUrl", "")
    queue = sqs_backends[ACCOUNT][REGION].queues.get(str(url).rpartition("/")[2])
    return nullcontext() if queue is None else cast("AbstractContextManager[Any]", queue._messages_lock)  # noqa: SLF001
