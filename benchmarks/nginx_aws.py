"""The clients of a measured process: the raw bucket is served by nginx, everything else by the local AWS."""

from typing import Any

from labeler.aws import Aws

BUCKET = "raw"


class BenchmarkAws(Aws):
    """`endpoint` is nginx's."""

    def __init__(self, endpoint: str) -> None:
        super().__init__()
        self._endpoint = endpoint

    def object_store(self, bucket: str) -> Any:  # noqa: ARG002 - nginx serves one bucket
        from obstore.store import S3Store

        return S3Store(
            BUCKET,
            region="us-east-1",
            endpoint=self._endpoint,
            virtual_hosted_style_request=False,
            access_key_id="x",
            secret_access_key="y",
            client_options={"allow_http": True, "pool_max_idle_per_host": "64"},
        )
