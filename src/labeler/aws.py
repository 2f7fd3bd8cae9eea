"""AWS clients, and the one table that turns vendors' errors into ours.

boto3 serves the control plane; obstore the many small GETs of a unit (15 times less CPU each). Both follow the
same boto3 session: region, credentials and AWS_ENDPOINT_URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
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

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from obstore.store import S3Store

CODES: dict[str, type[LabelerError]] = {
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
NOT_AS_ASKED = {"PreconditionFailed", "412"}
"""Of a key that has another ETag than the call's condition, or is there already."""
CONFLICT = {"ConditionalRequestConflict", "409"}
"""Of a conditional write while another one is in flight: which of them wins is not said."""
STATUSES: dict[int, type[LabelerError]] = {403: AccessDeniedError, 429: ThrottledError}


class Aws:
    """Clients made on first use and shared between threads. Nothing is read before that."""

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._session = session

    @cached_property
    def session(self) -> boto3.Session:
        return self._session or boto3.Session()

    def _client(self, service: Any, *, attempts: int = 6, read_timeout_s: int = 65) -> Any:
        config = Config(
            retries={"mode": "standard", "total_max_attempts": attempts},
            connect_timeout=5,
            read_timeout=read_timeout_s,
            max_pool_connections=64,
            tcp_keepalive=True,
        )
        with translated_errors(f"connecting to {service}"):
            return self.session.client(service, config=config)

    @cached_property
    def s3(self) -> "S3Client":
        return self._client("s3")

    @cached_property
    def sqs(self) -> "SQSClient":
        return self._client("sqs")

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        return self._client("dynamodb")

    @cached_property
    def glue(self) -> "GlueClient":
        return self._client("glue")

    @cached_property
    def lambda_(self) -> "LambdaClient":
        # a function may take 15 minutes; asking again before that would only start it twice
        return self._client("lambda", attempts=1, read_timeout_s=910)

    @cached_property
    def cloudformation(self) -> Any:
        return self._client("cloudformation")

    @cached_property
    def sns(self) -> "SNSClient":
        return self._client("sns")

    @cached_property
    def cloudwatch(self) -> Any:
        return self._client("cloudwatch")

    @cached_property
    def secrets_manager(self) -> "SecretsManagerClient":
        return self._client("secretsmanager")

    def object_store(self, bucket: str) -> "S3Store":
        """obstore's client for a bucket, with its own retries of 5xx and throttling."""
        from obstore.auth.boto3 import Boto3CredentialProvider
        from obstore.store import S3Store

        endpoint = self.s3.meta.endpoint_url
        is_aws = ".amazonaws.com" in endpoint
        return S3Store(
            bucket,
            region=self.s3.meta.region_name,
            **({} if is_aws else {"endpoint": endpoint, "virtual_hosted_style_request": False}),
            client_options={"allow_http": not is_aws, "timeout": "60s", "pool_max_idle_per_host": "64"},
            retry_config={"max_retries": 6},
            credential_provider=Boto3CredentialProvider(self.session),
        )


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
    kind = CODES.get(code) or STATUSES.get(status) or (ServiceUnavailableError if status >= 500 else PermanentError)
    detail = "" if code in CODES else f": {error.response.get('Error', {}).get('Message', '')}"
    return kind(f"{text}{detail}")


def from_obstore(error: Exception, doing: str) -> LabelerError | None:
    """None: not obstore's (its own tree is asked for only then, so that Lambdas without it don't pay)."""
    if not type(error).__module__.startswith("obstore"):
        return None
    from obstore import exceptions as vendor

    if isinstance(error, vendor.NotFoundError):
        return ObjectMissingError(f"{doing}: not found")
    if isinstance(error, vendor.PermissionDeniedError | vendor.UnauthenticatedError):
        return AccessDeniedError(f"{doing}: access denied")
    # GenericError is what is left when obstore's own retries of 5xx, throttling and timeouts ran out.
    return ServiceUnavailableError(f"{doing}: {type(error).__name__}")
