"""The completion queue's messages: S3 events that name new receipts. Pure."""

import json
from urllib.parse import unquote_plus

from labeler import layout
from labeler.errors import MessageInvalidError

TEST_EVENT = "s3:TestEvent"
"""S3 sends one when the notification is set up."""


def receipt_keys(body: str, *, bucket: str) -> list[str]:
    """Keys of the receipts that one message names; other events are ignored.

    S3 quotes keys as a form does: a blank comes as a plus. Raises MessageInvalidError.
    """
    try:
        event = json.loads(body)
        if event.get("Event") == TEST_EVENT:
            return []
        created = [
            (record["eventName"], record["s3"]["bucket"]["name"], unquote_plus(record["s3"]["object"]["key"]))
            for record in event["Records"]
        ]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MessageInvalidError(
            f"a completion message is not an S3 event: {type(error).__name__}: {error}"
        ) from error
    return [
        key
        for name, of_bucket, key in created
        if "ObjectCreated:" in name and of_bucket == bucket and layout.is_receipt_key(key)
    ]
