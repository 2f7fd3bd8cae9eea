"""Runs as manifest and workers leave them for completion, without either of them."""

import threading
from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.completion.open_run import OpenRun, batch

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack


@pytest.fixture
def run(stack: "LocalStack") -> OpenRun:
    return OpenRun(stack).open()


@pytest.fixture
def make_run(stack: "LocalStack") -> Any:
    """Opens another run, for example `make_run(units=5, kind="backfill")`."""
    return lambda **options: OpenRun(stack, **options).open()


@pytest.fixture
def as_batch() -> Any:
    return batch


@pytest.fixture
def one_call_at_a_time(stack: "LocalStack", monkeypatch: pytest.MonkeyPatch) -> None:
    """DynamoDB's isolation, which moto does not have (see tests/integration/ledger/conftest.py)."""
    client, lock = stack.aws.dynamodb, threading.Lock()
    call = client._make_api_call

    def locked(*arguments: Any) -> Any:
        with lock:
            return call(*arguments)

    monkeypatch.setattr(client, "_make_api_call", locked)
