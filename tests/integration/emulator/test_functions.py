"""The pipeline's own functions, loaded from `functions/` as they are deployed."""

import pytest

from labeler_local.emulator.functions import MANIFEST
from labeler_local.emulator.stack import FunctionFailedError, LocalStack


def test_tick_without_runs_reports_nothing(stack: LocalStack) -> None:
    assert stack.tick() == {"forecasts": {}, "published": []}


def test_completion_ignores_s3_events_that_are_no_receipts(stack: LocalStack) -> None:
    stack.runs.put("runs/daily-2026-03-02/manifest.json", b"{}")

    assert stack.deliver_completions() == 2, "the test event, and a key that is no receipt"

    assert stack.errors == []


def test_manifest_function_rejects_an_event_with_an_invalid_run_date(stack: LocalStack) -> None:
    with pytest.raises(FunctionFailedError, match=r"MessageInvalidError: .*run_date"):
        stack.invoke(MANIFEST, {"run_date": "yesterday"})
