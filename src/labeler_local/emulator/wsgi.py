"""Types, request bodies and responses of a WSGI server that speaks AWS's protocols."""

import io
import json
from collections.abc import Callable, Iterable
from typing import cast

StartResponse = Callable[[str, list[tuple[str, str]]], object]
Environ = dict[str, object]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]


def read_body(environ: Environ) -> bytes:
    """Reads the whole body and puts it back for the next reader."""
    length = int(str(environ.get("CONTENT_LENGTH") or 0))
    body = cast("io.BufferedIOBase", environ["wsgi.input"]).read(length)
    environ["wsgi.input"] = io.BytesIO(body)
    return body


def error_response(
    service: str, status: int, code: str, message: str, start_response: StartResponse
) -> Iterable[bytes]:
    """An error as the service would write it: XML for S3, JSON for the rest."""
    if service == "s3":
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
        return json_response(status, text, start_response, content_type="application/xml")
    body = json.dumps({"__type": code, "message": message})
    return json_response(status, body, start_response, headers=[("x-amzn-errortype", code)])


def json_response(
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
