"""A run's small objects: written once or replaced by their version, and named by their address when they can't be read."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from labeler.errors import MessageInvalidError, ObjectMissingError
from labeler.messages import UnitFailure
from labeler.storage import find_message, read_message

if TYPE_CHECKING:
    from labeler_local.emulator.stack import LocalStack

KEY = "runs/a b/é.json"


def test_exactly_one_of_several_racing_writers_replaces_a_version(stack: "LocalStack") -> None:
    runs = stack.runs
    runs.put(KEY, b"first")
    version = runs.find_version(KEY)
    assert version is not None
    assert version.body == b"first"
    bodies = [b"%d" % number for number in range(8)]

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda body: runs.replace(KEY, body, etag=version.etag), bodies))

    assert sum(won) == 1
    assert runs.get(KEY) == bodies[won.index(True)]


def test_replace_fails_when_the_object_was_deleted(stack: "LocalStack") -> None:
    stack.runs.put(KEY, b"first")
    version = stack.runs.find_version(KEY)
    assert version is not None
    stack.runs.delete([KEY])

    assert not stack.runs.replace(KEY, b"second", etag=version.etag)
    assert stack.runs.find(KEY) is None
    assert stack.runs.find_version(KEY) is None


def test_message_is_read_back_and_a_missing_one_raises(stack: "LocalStack") -> None:
    assert find_message(stack.runs, KEY, UnitFailure) is None
    with pytest.raises(ObjectMissingError, match=KEY):
        read_message(stack.runs, KEY, UnitFailure)

    sent = UnitFailure(
        run_id="daily-2026-03-01",
        unit_id=1,
        receive_count=1,
        error="ThrottledError",
        reason="slow down",
        worker_id="w",
        failed_at=datetime(2026, 3, 1, tzinfo=UTC),
    )
    stack.runs.put(KEY, sent.to_json().encode())

    assert find_message(stack.runs, KEY, UnitFailure) == read_message(stack.runs, KEY, UnitFailure) == sent


@pytest.mark.parametrize("read", [find_message, read_message])
def test_error_names_the_address_of_an_invalid_message(stack: "LocalStack", read: Callable[..., object]) -> None:
    stack.runs.put(KEY, b"{}")

    with pytest.raises(
        MessageInvalidError, match=f"^s3://{stack.resources.runs_bucket}/{KEY} is not a UnitFailure: run_id"
    ):
        read(stack.runs, KEY, UnitFailure)
