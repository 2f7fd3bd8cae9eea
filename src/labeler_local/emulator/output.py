"""What a function prints goes to its log file, as Lambda sends it to a log group; the rest of the process prints on.

Functions run in a person's `labeler demo` next to its progress bars: JSON lines between them would spoil both.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TextIO

_log: ContextVar[TextIO | None] = ContextVar("function_log", default=None)


class RoutedStdout(io.TextIOBase):
    """A stdout that checks, for each write, whether a function is running in this thread."""

    def __init__(self, elsewhere: TextIO) -> None:
        self._elsewhere = elsewhere

    def _target(self) -> TextIO:
        return _log.get() or self._elsewhere

    def write(self, text: str) -> int:
        return self._target().write(text)

    def flush(self) -> None:
        self._target().flush()

    def isatty(self) -> bool:
        return self._target().isatty()

    def fileno(self) -> int:
        return self._target().fileno()

    def writable(self) -> bool:
        return True

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._elsewhere.encoding


@contextmanager
def logged_to(path: Path) -> Iterator[TextIO]:
    """A logger that the function makes keeps the routed stream for good: outside of calls it writes where stdout went.

    Progress bars and pytest put their own stdout in place and back while this one runs; it takes only itself away.
    """
    before = sys.stdout
    routed = before if isinstance(before, RoutedStdout) else RoutedStdout(before)
    with path.open("a", encoding="utf-8") as log:
        token = _log.set(log)
        sys.stdout = routed
        try:
            yield log
        finally:
            if sys.stdout is routed:
                sys.stdout = before
            _log.reset(token)
