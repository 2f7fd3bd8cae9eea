"""AWS without the vendors' own retries: a test sees a fault at once."""

from typing import TYPE_CHECKING, Any

from botocore.config import Config

from labeler.aws import Aws

if TYPE_CHECKING:
    from obstore.store import S3Store


class AwsWithoutRetries(Aws):
    def _client(self, service: Any) -> Any:
        config = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=64)
        return self.session.client(service, config=config)

    def object_store(self, bucket: str) -> "S3Store":
        from obstore.auth.boto3 import Boto3CredentialProvider
        from obstore.store import S3Store

        return S3Store(
            bucket,
            region=self.s3.meta.region_name,
            endpoint=self.s3.meta.endpoint_url,
            virtual_hosted_style_request=False,
            client_options={"allow_http": True},
            retry_config={"max_retries": 0},
            credential_provider=Boto3CredentialProvider(self.session),
        )
