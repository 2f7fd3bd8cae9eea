"""The code of a Lambda function: where it is, how it is loaded, and the context that it gets."""

import importlib.util
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

from labeler.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Definition:
    name: str
    file: str
    """Below the functions folder."""
    attribute: str
    timeout_s: int = 900
    memory_mb: int = 1024
    variables: Mapping[str, str] | None = None
    """Its environment variables with our prefixes. None: those of this process."""


class Context:
    """What Lambda passes to a handler besides the event."""

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
        self._deadline = time.monotonic() + definition.timeout_s

    def get_remaining_time_in_millis(self) -> int:
        """Reported, not enforced: nothing can end a thread."""
        return max(0, round((self._deadline - time.monotonic()) * 1000))


def load_handler(definition: Definition, folder: Path | None) -> Any:
    """Executes the file anew and returns its handler."""
    path = find_code(definition.file, folder)
    spec = importlib.util.spec_from_file_location(f"_function_{definition.name.replace('-', '_')}", path)
    return getattr(_executed(spec), definition.attribute)


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
