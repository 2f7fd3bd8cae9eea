"""Lambda's Invoke, which moto answers only with docker: same status codes, headers and error body as AWS's."""

import json
import re
import threading
import traceback
import uuid
from collections.abc import Iterable
from urllib.parse import unquote

from labeler_local.emulator.faults import Call
from labeler_local.emulator.functions import Functions
from labeler_local.emulator.wsgi import Environ, StartResponse, error_response, json_response

PATH = re.compile(r"/2015-03-31/functions/(?P<name>.+)/invocations/?")


def is_invocation(call: Call) -> bool:
    return call.method == "POST" and PATH.fullmatch(call.path) is not None


class Invocations:
    def __init__(self, functions: Functions) -> None:
        self._functions = functions

    def answer(self, call: Call, environ: Environ, body: bytes, start_response: StartResponse) -> Iterable[bytes]:
        name = _name(call.path)
        if name not in self._functions:
            text = f"Function not found: {name}"
            return error_response("lambda", 404, "ResourceNotFoundException", text, start_response)
        try:
            event = json.loads(body or b"{}")
        except ValueError as error:
            text = f"Could not parse request body into json: {error}"
            return error_response("lambda", 400, "InvalidRequestContentException", text, start_response)
        invocation_type = environ.get("HTTP_X_AMZ_INVOCATION_TYPE", "RequestResponse")
        if invocation_type == "DryRun":
            return json_response(204, "", start_response)
        if invocation_type == "Event":
            self._start(name, event)
            return json_response(202, "", start_response)
        return self._call(name, event, start_response)

    def _call(self, name: str, event: object, start_response: StartResponse) -> Iterable[bytes]:
        request_id = str(uuid.uuid4())
        headers = [("X-Amz-Executed-Version", "$LATEST"), ("x-amzn-RequestId", request_id)]
        try:
            answer = self._functions.invoke(name, event, request_id=request_id)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the edge of a function: Lambda answers with any error
            body = json.dumps(error_body(error, request_id))
            return json_response(200, body, start_response, headers=[*headers, ("X-Amz-Function-Error", "Unhandled")])
        return json_response(200, json.dumps(answer), start_response, headers=headers)

    def _start(self, name: str, event: object) -> None:
        """AWS would try a failed asynchronous call twice more, minutes later; here it is tried once."""

        def run() -> None:
            try:
                self._functions.invoke(name, event)
            except (Exception, SystemExit):  # noqa: BLE001 - nobody waits for it; the function's log has the traceback
                return

        threading.Thread(target=run, name=f"invoke-{name}", daemon=True).start()


def error_body(error: BaseException, request_id: str) -> dict[str, object]:
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "requestId": request_id,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def _name(path: str) -> str:
    """A function is called by its name, its ARN or a part of it, with or without a version."""
    match = PATH.fullmatch(path)
    name = unquote(match["name"]) if match else ""
    return name.partition(":function:")[2].partition(":")[0] or name.partition(":")[0]
