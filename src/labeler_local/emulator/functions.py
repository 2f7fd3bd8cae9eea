"""The Lambda functions of the pipeline, run in this process by their real handlers."""

import json
import threading
import traceback
import uuid
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from labeler.errors import SettingsError
from labeler_local.emulator.environment import installed
from labeler_local.emulator.handlers import Context, Definition, load_handler
from labeler_local.emulator.output import logged_to

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
        """Waits for the running call and refuses any other: none may run in the restored environment."""
        is_free = self._lock.acquire(timeout=timeout_s)
        self._is_closed = True
        if is_free:
            self._lock.release()

    def _refuse_when_closed(self) -> None:
        if self._is_closed:
            raise RuntimeError("the local stack is closed")

    def _handler(self, definition: Definition) -> Any:
        """Loaded anew for each stack and function, so that the state of a module ends with its stack."""
        if definition.name not in self._handlers:
            self._handlers[definition.name] = load_handler(definition, self._code)
        return self._handlers[definition.name]


@contextmanager
def _variables_of(definition: Definition) -> Iterator[None]:
    """Only its own, as on Lambda: a name that its template misspells is missing here, too."""
    if definition.variables is None:
        yield
        return
    with installed(definition.variables):
        yield
