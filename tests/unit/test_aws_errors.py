"""The vendors' error table is right and total: whatever S3, SQS, DynamoDB or obstore raise, a LabelerError comes out."""

import inspect
from typing import Any

import pytest
from botocore import exceptions as botocore_errors
from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, NoCredentialsError, NoRegionError
from hypothesis import given
from hypothesis import strategies as st
from obstore import exceptions as obstore_errors

from labeler import aws_errors
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

OBSTORE_ERRORS = [
    error_type
    for _, error_type in inspect.getmembers(obstore_errors, inspect.isclass)
    if issubclass(error_type, Exception) and error_type.__module__.startswith("obstore")
]
RETRIED = {ThrottledError, ServiceUnavailableError}


def client_error(code: str, status: int) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "Op")  # type: ignore[typeddict-item]


def raised(error: Exception) -> LabelerError:
    with pytest.raises(LabelerError) as caught, aws_errors.translated_errors("reading it"):
        raise error
    assert caught.value.__cause__ is error
    return caught.value


@pytest.mark.parametrize(("code", "error_type"), aws_errors.ERROR_CODES.items())
@pytest.mark.parametrize("status", [200, 400, 403, 500])
def test_known_error_code_decides_regardless_of_the_http_status(
    code: str, error_type: type[LabelerError], status: int
) -> None:
    error = raised(client_error(code, status))
    assert type(error) is error_type
    assert str(error) == f"reading it: {code}"


@pytest.mark.parametrize(
    ("code", "error_type"),
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
def test_common_error_codes_map_to_the_expected_error(code: str, error_type: type[LabelerError]) -> None:
    assert aws_errors.ERROR_CODES[code] is error_type


@pytest.mark.parametrize(
    ("status", "error_type"),
    [
        (500, ServiceUnavailableError),
        (503, ServiceUnavailableError),
        (429, ThrottledError),
        (403, AccessDeniedError),
        (400, PermanentError),
    ],
)
def test_unknown_error_code_is_mapped_by_its_http_status(status: int, error_type: type[LabelerError]) -> None:
    error = raised(client_error("BrandNewCode", status))
    assert type(error) is error_type
    assert "BrandNewCode" in str(error)


@given(st.text() | st.sampled_from(sorted(aws_errors.ERROR_CODES)), st.integers(0, 999))
def test_every_client_error_is_translated_and_5xx_is_retryable(code: str, status: int) -> None:
    error = raised(client_error(code, status))
    assert isinstance(error, RetryableError | PermanentError)
    if status >= 500 and code not in aws_errors.ERROR_CODES:
        assert isinstance(error, RetryableError)


def test_response_without_details_is_a_permanent_error() -> None:
    assert type(raised(ClientError({}, "Op"))) is PermanentError


def test_missing_credentials_or_region_is_a_settings_error() -> None:
    assert type(raised(NoCredentialsError())) is SettingsError
    assert type(raised(NoRegionError())) is SettingsError


def test_connection_failure_is_retryable() -> None:
    assert type(raised(ConnectTimeoutError(endpoint_url="http://x"))) is ServiceUnavailableError


BOTOCORE_ERRORS = [
    error_type
    for _, error_type in inspect.getmembers(botocore_errors, inspect.isclass)
    if issubclass(error_type, BotoCoreError)
]


@pytest.mark.parametrize("error_type", BOTOCORE_ERRORS)
def test_every_botocore_error_is_translated(error_type: Any) -> None:
    error = error_type.__new__(error_type)
    Exception.__init__(error, "m")
    assert isinstance(raised(error), RetryableError | PermanentError)


@pytest.mark.parametrize("error_type", OBSTORE_ERRORS)
def test_every_obstore_error_is_translated(error_type: type[Exception]) -> None:
    error = raised(error_type("m"))
    expected = {
        "NotFoundError": ObjectMissingError,
        "PermissionDeniedError": AccessDeniedError,
        "UnauthenticatedError": AccessDeniedError,
    }.get(error_type.__name__, ServiceUnavailableError)
    assert type(error) is expected


def test_other_exceptions_are_not_translated() -> None:
    with pytest.raises(ZeroDivisionError), aws_errors.translated_errors("reading it"):
        raise ZeroDivisionError


def test_our_own_errors_pass_unchanged() -> None:
    mine = ThrottledError("slow")
    with pytest.raises(ThrottledError) as caught, aws_errors.translated_errors("reading it"):
        raise mine
    assert caught.value is mine


def test_error_messages_hold_no_values() -> None:
    assert "m" not in str(raised(client_error("NoSuchKey", 404))).split(": ")[1:]
