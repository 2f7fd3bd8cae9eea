"""Which messages of a batch failed, by Lambda's rules for the response."""

from typing import Any

import pytest

from labeler_local.emulator.event_source import failed_ids

RECEIVED = {"a", "b"}


@pytest.mark.parametrize("answer", [None, {}, {"batchItemFailures": []}, {"batchItemFailures": None}])
def test_response_without_failures_is_success(answer: Any) -> None:
    assert failed_ids(answer, RECEIVED) == set()


def test_failed_ids_are_those_listed_in_the_response() -> None:
    assert failed_ids({"batchItemFailures": [{"itemIdentifier": "b"}]}, RECEIVED) == {"b"}


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param({"batchItemFailures": [{"itemIdentifier": "nobody"}]}, id="not in the batch"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": "a"}, {"itemIdentifier": "c"}]}, id="one of two is not"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": ""}]}, id="empty identifier"),
        pytest.param({"batchItemFailures": [{"itemIdentifier": None}]}, id="no identifier"),
        pytest.param({"batchItemFailures": [{"id": "a"}]}, id="another key"),
        pytest.param("done", id="not an object"),
    ],
)
def test_invalid_response_fails_the_whole_batch(answer: Any) -> None:
    assert failed_ids(answer, RECEIVED) == RECEIVED
