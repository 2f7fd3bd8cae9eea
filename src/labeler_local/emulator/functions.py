"""The Lambda functions of the pipeline, run in this process by their real handlers."""

import importlib.util
import json
import threading
import time
import traceback
import uuid
from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from labeler.errors import SettingsError
from labeler_local.emulator.environment import installed
from labeler_local.emulator.output import logged_to


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    file: str
    """Below the functions folder."""
    attribute: str
    timeout_s: int = 900
    memory_mb: int = 1024
    variables: Mapping[str, str] | None = None
    """All that it finds in its environment of ours. None: what this process has."""


MANIFEST = "labeler-manifest"
COMPLETION = "labeler-completion"
TICK = "labeler-tick"
MAX_FAILURES = 1000
DEFINITIONS = (
    Definition(MANIFEST, "manifest/handler.py", "handler"),
    Definition(COMPLETION, "completion/handler.py", "handler", timeout_s=60),
    Definition(TICK, "completion/handler.py", "tick", timeout_s=60),
)


@dataclass(frozen=True, slots=True)
class FunctionFailure:
    function: str
    error: BaseException
    at: datetime


class Context:
    """What Lambda hands to a handler next to the event."""

    function_version = "$LATEST"
    identity = None
    client_context = None

    def __init__(self, definition: Definition, request_id: str, region: str, account: str) -> None:
        self.function_name = definition.name
        self.memory_limit_in_mb = str(definition.memory_mb)
        self.invoked_function_arn = f"arn:aws:lambda:{region}:{account}:function:{definition.name}"
        self.aws_request_id = request_id
        self.log_group_name = f"/aws/lambda/{definition.name}"
        self.log_stream_name = "local"
        self._ends = time.monotonic() + definition.timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Told, not enforced: nothing can end a thread."""
        return max(0, round((self._ends - time.monotonic()) * 1000))


class Functions:
    """One call at a time, as in one Lambda environment: handlers keep state in their module (Powertools' metrics)."""

    def __init__(
        self,
        code: Path | None,
        logs: Path,
        *,
        region: str,
        account: str,
        definitions: tuple[Definition, ...] = DEFINITIONS,
    ) -> None:
        self._code = code
        self._logs = logs
        self._region = region
        self._account = account
        self._definitions = {definition.name: definition for definition in definitions}
        self._handlers: dict[str, Any] = {}
        self.failures: deque[FunctionFailure] = deque(maxlen=MAX_FAILURES)
        """What handlers raised, whoever called them."""
        self._lock = threading.RLock()
        self._is_closed = False

    def __contains__(self, name: object) -> bool:
        return name in self._definitions

    def log(self, name: str) -> Path:
        """What the function wrote to stdout, and the tracebacks of what it raised."""
        return self._logs / f"{name}.log"

    def replace(self, name: str, handler: Any) -> None:
        """A test's own handler (event, context) in the place of the deployed one."""
        self._definitions.setdefault(name, Definition(name, "", ""))
        self._handlers[name] = handler

    def invoke(self, name: str, event: object, *, request_id: str | None = None) -> Any:
        """What the handler answers, through JSON as in Lambda. Raises what the handler raises."""
        definition = self._definitions.get(name)
        if definition is None:
            raise SettingsError(f"there is no function {name}", hint=f"there are {', '.join(self._definitions)}")
        context = Context(definition, request_id or str(uuid.uuid4()), self._region, self._account)
        with self._lock, _variables_of(definition), logged_to(self.log(name)) as log:
            try:
                self._refuse_when_closed()
                answer = self._handler(definition)(json.loads(json.dumps(event)), context)
                return json.loads(json.dumps(answer))
            except (Exception, SystemExit) as error:
                self.failures.append(FunctionFailure(name, error, datetime.now(UTC)))
                log.write(f"[ERROR] {context.aws_request_id} {traceback.format_exc()}")
                raise

    def close(self, timeout_s: float = 60.0) -> None:
        """Waits for the call that runs and refuses any other: none may go on in the environment that comes back."""
        is_free = self._lock.acquire(timeout=timeout_s)
        self._is_closed = True
        if is_free:
            self._lock.release()

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise RuntimeError("the local stack is closed")

    def _handler(self, definition: Definition) -> Any:
        """Loaded anew for each stack and function, so that what a module remembers dies with its stack."""
        if definition.name not in self._handlers:
            path = find_code(definition.file, self._code)
            spec = importlib.util.spec_from_file_location(f"_function_{definition.name.replace('-', '_')}", path)
            self._handlers[definition.name] = getattr(_executed(spec), definition.attribute)
        return self._handlers[definition.name]


@contextmanager
def _variables_of(definition: Definition) -> Iterator[None]:
    """Its own and no others of ours, as Lambda does: a name that its template spells wrong is missing here, too."""
    if definition.variables is None:
        yield
        return
    with installed(definition.variables):
        yield


def _executed(spec: ModuleSpec | None) -> Any:
    assert spec is not None  # noqa: S101 - the file ends in .py
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def find_code(file: str, folder: Path | None = None) -> Path:
    """A file of `folder`, of `functions/` in a checkout, or of the copy in a wheel. Raises SettingsError."""
    package = Path(__file__).resolve().parents[1]
    folders = (folder,) if folder else (package.parents[1] / "functions", package / "_functions")
    for place in folders:
        if (place / file).is_file():
            return place / file
    raise SettingsError(
        f"the Lambda functions' code {file} is not in {' nor in '.join(str(place) for place in folders)}",
        hint="run from a checkout, or install a released wheel",
    )
