"""Many small GETs against a real S3 protocol: what a file's fate is between its listing and its reading."""

from typing import TYPE_CHECKING, Any

import pytest

from labeler.errors import AccessDeniedError, ServiceUnavailableError
from labeler.fetch import Fetcher
from labeler.run_index import FileEntry
from labeler.task import FileReason
from labeler_local.emulator.faults import Fault
from tests.integration.worker.aws_without_retries import AwsWithoutRetries
from tests.integration.worker.calls import is_raw_get
from tests.integration.worker.harness import DAY, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labeler_local.emulator.stack import LocalStack


@pytest.fixture
def fetcher(stack: "LocalStack") -> "Iterator[Fetcher]":
    fetcher = Fetcher(stack.aws, stack.resources.raw_bucket, threads=4, max_file_bytes=1000)
    yield fetcher
    fetcher.close()


@pytest.fixture
def without_retries(stack: "LocalStack") -> "Iterator[Fetcher]":
    aws = AwsWithoutRetries(stack.aws.session)
    fetcher = Fetcher(aws, stack.resources.raw_bucket, threads=4, max_file_bytes=1000)
    yield fetcher
    fetcher.close()


def landed(stack: "LocalStack", files: dict[str, bytes]) -> list[FileEntry]:
    keys = stack.put_files(files, DAY)
    return [entry_of(key, body) for key, body in zip(keys, files.values(), strict=True)]


def test_every_file_arrives_with_its_key_in_the_manifests_order(stack: "LocalStack", fetcher: Fetcher) -> None:
    files = {f"{number:02}.csv": b"x" * number for number in range(23)}
    entries = landed(stack, files)

    block = fetcher.fetch(entries)

    assert [(file.key, file.body) for file in block.files] == [
        (entry.key, body) for entry, body in zip(entries, files.values(), strict=True)
    ]
    assert (block.entries, block.size_bytes, block.rejected) == (23, sum(range(23)), [])


@pytest.mark.parametrize("name", ["a b.csv", "100%.csv", "%41.csv", "São José+1.csv", "a&b=c?d#e.csv"])
def test_keys_with_special_characters_are_read_as_they_are(stack: "LocalStack", fetcher: Fetcher, name: str) -> None:
    entries = landed(stack, {name: b"here", "other.csv": b"not this"})

    assert [(file.key, file.body) for file in fetcher.fetch(entries[:1]).files] == [(entries[0].key, b"here")]


@pytest.mark.parametrize("name", ["a//b.csv", "a/../b.csv", "a/./b.csv", "a\tb.csv", "folder/"])
def test_keys_that_obstore_refuses_are_read_with_boto3(stack: "LocalStack", fetcher: Fetcher, name: str) -> None:
    odd, sound = landed(stack, {name: b"odd", "sound.csv": b"sound"})

    assert [file.body for file in fetcher.fetch([odd, sound]).files] == [b"odd", b"sound"]

    stack.raw.put(odd.key, b"changed")
    assert [reject.reason for _, reject in fetcher.fetch([odd]).rejected] == [FileReason.CHANGED]
    stack.raw.delete([odd.key])
    assert [reject.reason for _, reject in fetcher.fetch([odd]).rejected] == [FileReason.VANISHED]


def test_files_that_are_gone_changed_or_too_large_are_refused_and_the_others_read(
    stack: "LocalStack", fetcher: Fetcher
) -> None:
    sound, gone, changed, large = landed(stack, {"a": b"1", "b": b"2", "c": b"3", "d": b"4" * 1001})
    stack.raw.delete([gone.key])
    stack.raw.put(changed.key, b"another")
    gets: list[str] = []
    stack.faults.add(Fault(lambda call: is_raw_get(call) and bool(gets.append(call.path)), status=None))

    block = fetcher.fetch([gone, sound, large, changed])

    assert [file.key for file in block.files] == [sound.key]
    assert {(key, reject.reason, reject.row_number, reject.rows) for key, reject in block.rejected} == {
        (gone.key, FileReason.VANISHED, None, 0),
        (changed.key, FileReason.CHANGED, None, 0),
        (large.key, FileReason.TOO_LARGE, None, 0),
    }
    assert block.entries == 4
    assert not [path for path in gets if path.endswith(large.key)], "a file known to be too large was requested"


def test_fetch_retries_when_s3_throttles(stack: "LocalStack", fetcher: Fetcher) -> None:
    fault = stack.faults.add(Fault(is_raw_get, times=3))

    assert len(fetcher.fetch(landed(stack, {"a": b"1", "b": b"2"})).files) == 2
    assert fault.hits == 3


@pytest.mark.parametrize(("status", "code"), [(503, "SlowDown"), (500, "InternalError"), (429, "TooManyRequests")])
def test_throttling_without_end_raises_a_retryable_error(
    stack: "LocalStack", without_retries: Fetcher, status: int, code: str
) -> None:
    entries = landed(stack, {"a": b"1", "b": b"2"})
    stack.faults.add(Fault(is_raw_get, status=status, code=code))

    with pytest.raises(ServiceUnavailableError):
        without_retries.fetch(entries)


def test_denied_read_is_not_taken_for_a_vanished_file(stack: "LocalStack", without_retries: Fetcher) -> None:
    entries = landed(stack, {"a": b"1"})
    stack.faults.add(Fault(is_raw_get, status=403, code="AccessDenied"))

    with pytest.raises(AccessDeniedError):
        without_retries.fetch(entries)


def test_an_error_message_names_no_file_content_and_no_key(stack: "LocalStack", without_retries: Fetcher) -> None:
    entries = landed(stack, {"customer-4532.csv": b"1"})
    stack.faults.add(Fault(is_raw_get))

    with pytest.raises(ServiceUnavailableError) as failed:
        without_retries.fetch(entries)

    assert "4532" not in str(failed.value)


def test_empty_block_makes_no_request(fetcher: Any) -> None:
    assert fetcher.fetch([]).entries == 0
