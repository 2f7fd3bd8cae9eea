"""AWS clients.

boto3 serves the control plane; obstore the many small GETs of a unit (15 times less CPU each). Both follow the
same boto3 session: region, credentials and AWS_ENDPOINT_URL.
"""

from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from labeler.aws_errors import translated_errors

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_glue import GlueClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient
    from obstore.store import S3Store


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
        # a function may take 15 minutes; a retry before that would only start it twice
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
