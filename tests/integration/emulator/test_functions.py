"""The pipeline's own functions, loaded from `functions/` as they are deployed."""

import pytest

from labeler_local.emulator.functions import MANIFEST
from labeler_local.emulator.stack import FunctionFailedError, LocalStack


def test_the_tick_of_a_stack_without_runs_has_nothing_to_say(stack: LocalStack) -> None:
    assert stack.tick() == {"forecasts": {}, "published": []}


def test_the_completion_function_takes_what_s3_sends_besides_receipts(stack: LocalStack) -> None:
    stack.runs.put("runs/daily-2026-03-02/manifest.json", b"{}")

    assert stack.deliver_completions() == 2, "the test event, and a key that is no receipt"

    assert stack.errors == []


def test_the_manifest_function_refuses_an_event_that_starts_no_run(stack: LocalStack) -> None:
    with pytest.raises(FunctionFailedError, match=r"MessageInvalidError: .*run_date"):
        stack.invoke(MANIFEST, {"run_date": "yesterday"})
