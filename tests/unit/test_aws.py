"""The vendors' error table is right and total: whatever S3, SQS, DynamoDB or obstore raise, a LabelerError comes out."""

import inspect
from typing import Any

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, NoCredentialsError, NoRegionError
from hypothesis import given
from hypothesis import strategies as st
from obstore import exceptions as obstore_errors

from labeler import aws
from labeler.errors import (
    AccessDeniedError,
    LabelerError,
    ObjectMissingError,
    PermanentError,
    RetryableError,
    ServiceUnavailableError,
    SettingsError,
    ThrottledError,
)

OBSTORE = [
    kind
    for _, kind in inspect.getmembers(obstore_errors, inspect.isclass)
    if issubclass(kind, Exception) and kind.__module__.startswith("obstore")
]
RETRIED = {ThrottledError, ServiceUnavailableError}


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]


def raised(error: Exception) -> LabelerError:
    with pytest.raises(LabelerError) as caught, aws.translated_errors("reading it"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(("code", "kind"), aws.CODES.items())
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_a_known_code_decides_whatever_the_status(code: str, kind: type[LabelerError], status: int) -> None:
    found = raised(client_error(code, status))
    assert type(found) is kind
    assert str(found) == f"reading it: {code}"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("SlowDown", ThrottledError),
        ("ThrottlingException", ThrottledError),
        ("ProvisionedThroughputExceededException", ThrottledError),
        ("RequestThrottled", ThrottledError),
        ("AccessDenied", AccessDeniedError),
        ("NoSuchKey", ObjectMissingError),
        ("ResourceNotFoundException", ObjectMissingError),
        ("AWS.SimpleQueueService.NonExistentQueue", ObjectMissingError),
    ],
)
def test_the_codes_that_matter_most_mean_what_they_say(code: str, kind: type[LabelerError]) -> None:
    assert aws.CODES[code] is kind


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (500, ServiceUnavailableError),
        (503, ServiceUnavailableError),
        (429, ThrottledError),
        (403, AccessDeniedError),
        (400, PermanentError),
    ],
)
def test_an_unknown_code_goes_by_its_status(status: int, kind: type[LabelerError]) -> None:
    found = raised(client_error("BrandNewCode", status))
    assert type(found) is kind
    assert "BrandNewCode" in str(found)


@given(st.text() | st.sampled_from(sorted(aws.CODES)), st.integers(0, 999))
def test_every_client_error_is_one_of_ours_and_5xx_is_tried_again(code: str, status: int) -> None:
    found = raised(client_error(code, status))
    assert isinstance(found, RetryableError | PermanentError)
    if status >= 500 and code not in aws.CODES:
        assert isinstance(found, RetryableError)


def test_an_answer_without_any_detail_is_one_of_ours() -> None:
    assert type(raised(ClientError({}, "Op"))) is PermanentError


def test_a_client_that_does_not_know_where_or_who_is_a_setting() -> None:
    assert type(raised(NoCredentialsError())) is SettingsError
    assert type(raised(NoRegionError())) is SettingsError


def test_a_connection_that_fails_is_tried_again() -> None:
    assert type(raised(ConnectTimeoutError(endpoint_url="http://x"))) is ServiceUnavailableError


BOTOCORE = [kind for _, kind in inspect.getmembers(botocore_errors, inspect.isclass) if issubclass(kind, BotoCoreError)]


@pytest.mark.parametrize("kind", BOTOCORE)
def test_every_error_of_botocore_is_one_of_ours(kind: Any) -> None:
    error = kind.__new__(kind)
    Exception.__init__(error, "m")
    assert isinstance(raised(error), RetryableError | PermanentError)


@pytest.mark.parametrize("kind", OBSTORE)
def test_every_error_of_obstore_is_one_of_ours(kind: type[Exception]) -> None:
    found = raised(kind("m"))
    expected = {
        "NotFoundError": ObjectMissingError,
        "PermissionDeniedError": AccessDeniedError,
        "UnauthenticatedError": AccessDeniedError,
    }.get(kind.__name__, ServiceUnavailableError)
    assert type(found) is expected


def test_a_bug_is_not_taken_for_a_vendors_error() -> None:
    with pytest.raises(ZeroDivisionError), aws.translated_errors("reading it"):
        raise ZeroDivisionError


def test_our_own_errors_pass_unchanged() -> None:
    mine = ThrottledError("slow")
    with pytest.raises(ThrottledError) as caught, aws.translated_errors("reading it"):
        raise mine
    assert caught.value is mine


def test_messages_hold_no_values() -> None:
    assert "m" not in str(raised(client_error("NoSuchKey", 404))).split(": ")[1:]
