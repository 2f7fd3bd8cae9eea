"""S3 events as they arrive in the completion queue."""

import json
from contextlib import suppress
from typing import Any
from urllib.parse import quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labeler.completion.events import receipt_keys
from labeler.errors import MessageInvalidError

KEY = "runs/daily-2026-03-02/receipts/unit-00001.json"


def event(*keys: str, name: str = "ObjectCreated:Put", bucket: str = "runs") -> str:
    return json.dumps(
        {"Records": [{"eventName": name, "s3": {"bucket": {"name": bucket}, "object": {"key": key}}} for key in keys]}
    )


@pytest.mark.parametrize("key", [KEY, quote_plus(KEY), KEY.replace("-", "%2D"), KEY.replace("/", "%2f")])
def test_receipt_keys_are_url_decoded(key: str) -> None:
    assert receipt_keys(event(key), bucket="runs") == [KEY]


def test_plus_in_a_key_is_decoded_to_a_space() -> None:
    assert receipt_keys(event("runs/a+b/receipts/unit-00001.json"), bucket="runs") == [
        "runs/a b/receipts/unit-00001.json"
    ]


def test_every_record_of_a_message_is_read() -> None:
    other = KEY.replace("00001", "00002")
    assert receipt_keys(event(KEY, other), bucket="runs") == [KEY, other]


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "runs"}),
        event("runs/daily-2026-03-02/summary.json"),
        event("runs/daily-2026-03-02/generations/0001.json"),
        event(KEY, bucket="another"),
        event(KEY, name="ObjectRemoved:Delete"),
        json.dumps({"Records": []}),
    ],
)
def test_events_that_are_not_new_receipts_are_ignored(body: str) -> None:
    assert receipt_keys(body, bucket="runs") == []


@pytest.mark.parametrize(
    "body", ["", "no", "[]", "1", "null", "{}", '{"Records": 1}', '{"Records": [{}]}', event(KEY)[:-5]]
)
def test_bodies_that_are_not_s3_events_are_refused(body: str) -> None:
    with pytest.raises(MessageInvalidError):
        receipt_keys(body, bucket="runs")


json_values: Any = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Records", "s3", "Event"]), inner),
    max_leaves=8,
)


@given(json_values)
def test_arbitrary_json_is_refused_or_gives_no_keys(value: Any) -> None:
    with suppress(MessageInvalidError):
        assert receipt_keys(json.dumps(value), bucket="runs") == []
