"""DynamoDB's isolation, which moto lacks."""

import threading
from typing import Any

import pytest


def isolate_calls(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One call at a time, as the real service guarantees; races between calls stay.

    moto's transactions show half of themselves to other threads and roll back what these wrote meanwhile.
    """
    call, lock = client._make_api_call, threading.Lock()

    def locked(*arguments: Any) -> Any:
        with lock:
            return call(*arguments)

    monkeypatch.setattr(client, "_make_api_call", locked)
