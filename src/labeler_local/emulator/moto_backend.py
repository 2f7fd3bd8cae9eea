"""moto's server application: loaded, reset, and kept from overlapping calls that it can't handle."""

import json
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, cast

from labeler.errors import SettingsError
from labeler_local.emulator.environment import ACCOUNT, REGION
from labeler_local.emulator.faults import Call
from labeler_local.emulator.wsgi import Application, Environ, read_body

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

_table_lock = threading.Lock()


def load_moto() -> tuple[Callable[..., "BaseWSGIServer"], Application, type]:
    """(make_server, application, request handler). Raises SettingsError when moto is missing."""
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
        """No line on stderr for each of thousands of requests."""

        def log(self, kind: str, message: str, *values: object) -> None:
            pass

    return make_server, DomainDispatcherApplication(create_backend_app), Silent


def reset_moto() -> None:
    """Its data are in its modules."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


def serialized(call: Call, environ: Environ) -> AbstractContextManager[Any]:
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

    url = json.loads(read_body(environ) or b"{}").get("QueueUrl", "")
    queue = sqs_backends[ACCOUNT][REGION].queues.get(str(url).rpartition("/")[2])
    return nullcontext() if queue is None else cast("AbstractContextManager[Any]", queue._messages_lock)  # noqa: SLF001
