"""Runs as manifest and workers leave them for completion, without either of them."""

from typing import TYPE_CHECKING, Any

import pytest

from tests.integration.completion.open_run import OpenRun, batch
from tests.integration.dynamodb import isolate_calls

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
def isolated_ledger(stack: "LocalStack", monkeypatch: pytest.MonkeyPatch) -> None:
    isolate_calls(stack.aws.dynamodb, monkeypatch)
