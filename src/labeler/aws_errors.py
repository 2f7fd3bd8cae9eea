"""The one table that turns errors of boto3 and obstore into ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError, NoRegionError, ParamValidationError

from labeler.errors import (
    AccessDeniedError,
    LabelerError,
    ObjectMissingError,
    PermanentError,
    ServiceUnavailableError,
    SettingsError,
    ThrottledError,
)

ERROR_CODES: dict[str, type[LabelerError]] = {
    "SlowDown": ThrottledError,
    "Throttling": ThrottledError,
    "ThrottlingException": ThrottledError,
    "ThrottledException": ThrottledError,
    "RequestThrottled": ThrottledError,
    "RequestLimitExceeded": ThrottledError,
    "TooManyRequestsException": ThrottledError,
    "ProvisionedThroughputExceededException": ThrottledError,
    "TransactionInProgressException": ThrottledError,
    "AccessDenied": AccessDeniedError,
    "AccessDeniedException": AccessDeniedError,
    "UnauthorizedOperation": AccessDeniedError,
    "InvalidAccessKeyId": AccessDeniedError,
    "SignatureDoesNotMatch": AccessDeniedError,
    "NoSuchKey": ObjectMissingError,
    "NoSuchBucket": ObjectMissingError,
    "404": ObjectMissingError,
    "ResourceNotFoundException": ObjectMissingError,
    "AWS.SimpleQueueService.NonExistentQueue": ObjectMissingError,
    "QueueDoesNotExist": ObjectMissingError,
    "NotFound": ObjectMissingError,
    "AuthorizationError": AccessDeniedError,
}
MISSING = {"NoSuchKey", "404", "NotFound"}
"""What S3 says of a key that does not exist."""
PRECONDITION_FAILED = {"PreconditionFailed", "412"}
"""Of a key that has another ETag than the call's condition, or is there already."""
CONFLICT = {"ConditionalRequestConflict", "409"}
"""Of a conditional write while another one is in flight: which of them wins is not said."""
STATUS_CODES: dict[int, type[LabelerError]] = {403: AccessDeniedError, 429: ThrottledError}


@contextmanager
def translated_errors(doing: str, *, except_for: str = "") -> Iterator[None]:
    """Vendors' exceptions leave this block as LabelerErrors; `doing` says what was tried, without values.

    The error code `except_for` is the caller's to handle and passes.
    """
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        if except_for and isinstance(error, ClientError) and error.response["Error"]["Code"] == except_for:
            raise
        raise from_boto(error, doing) from error
    except Exception as error:
        ours = from_obstore(error, doing)
        if ours is None:
            raise
        raise ours from error


def from_boto(error: ClientError | BotoCoreError, doing: str) -> LabelerError:
    if isinstance(error, NoCredentialsError | NoRegionError):
        return SettingsError(
            f"{doing}: {error}", hint="set AWS_DEFAULT_REGION and credentials, or use `labeler local up`"
        )
    if isinstance(error, ParamValidationError):
        return PermanentError(f"{doing}: {error}")
    if not isinstance(error, ClientError):
        return ServiceUnavailableError(f"{doing}: {error}")
    code = error.response.get("Error", {}).get("Code", "")
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    text = f"{doing}: {code or status}"
    by_status = STATUS_CODES.get(status) or (ServiceUnavailableError if status >= 500 else PermanentError)
    error_type = ERROR_CODES.get(code, by_status)
    detail = "" if code in ERROR_CODES else f": {error.response.get('Error', {}).get('Message', '')}"
    return error_type(f"{text}{detail}")


def from_obstore(error: Exception, doing: str) -> LabelerError | None:
    """None: not obstore's (its errors are imported only then, so that Lambdas without it don't pay)."""
    if not type(error).__module__.startswith("obstore"):
        return None
    from obstore import exceptions as vendor

    if isinstance(error, vendor.NotFoundError):
        return ObjectMissingError(f"{doing}: not found")
    if isinstance(error, vendor.PermissionDeniedError | vendor.UnauthenticatedError):
        return AccessDeniedError(f"{doing}: access denied")
    # GenericError is what is left when obstore's own retries of 5xx, throttling and timeouts ran out.
    return ServiceUnavailableError(f"{doing}: {type(error).__name__}")
