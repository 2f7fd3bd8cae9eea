"""Small objects of a run in S3: read, write once, list. The many raw files go through `fetch`."""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from botocore.exceptions import ClientError

from labeler.aws import Aws
from labeler.aws_errors import CONFLICT, ERROR_CODES, MISSING, PRECONDITION_FAILED, translated_errors
from labeler.errors import ServiceUnavailableError, ThrottledError
from labeler.messages import Message

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

CONFLICT_TRIES = 8
CONFLICT_PAUSE_S = 0.2

AnyMessage = TypeVar("AnyMessage", bound=Message)


class Version(NamedTuple):
    """An object as it was at one time."""

    body: bytes
    etag: str


class Bucket:
    """One bucket by its name."""

    def __init__(self, aws: Aws, name: str) -> None:
        self._aws = aws
        self.name = name

    @property
    def _s3(self) -> "S3Client":
        return self._aws.s3

    def url(self, key: str) -> str:
        return f"s3://{self.name}/{key}"

    def get(self, key: str) -> bytes:
        """Raises ObjectMissingError."""
        with translated_errors(f"reading {self.url(key)}"):
            return self._s3.get_object(Bucket=self.name, Key=key)["Body"].read()

    def find(self, key: str) -> bytes | None:
        """None when the key does not exist."""
        version = self.find_version(key)
        return None if version is None else version.body

    def find_version(self, key: str) -> Version | None:
        """The present object and its ETag, for `replace`; None when the key does not exist."""
        with translated_errors(f"reading {self.url(key)}"):
            try:
                response = self._s3.get_object(Bucket=self.name, Key=key)
                return Version(response["Body"].read(), response["ETag"])
            except ClientError as error:
                if error.response["Error"]["Code"] in MISSING:
                    return None
                raise

    def has(self, key: str) -> bool:
        with translated_errors(f"looking for {self.url(key)}"):
            try:
                self._s3.head_object(Bucket=self.name, Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in MISSING:
                    return False
                raise
        return True

    def put(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> None:
        with translated_errors(f"writing {self.url(key)}"):
            self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type)

    def put_once(self, key: str, body: bytes, content_type: str = "application/octet-stream") -> bool:
        """False when the key was there before; of many racing writers exactly one gets True."""
        for _ in range(CONFLICT_TRIES):
            with translated_errors(f"writing {self.url(key)}"):
                try:
                    self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type, IfNoneMatch="*")
                    return True
                except ClientError as error:
                    code = error.response["Error"]["Code"]
                    if code in PRECONDITION_FAILED:
                        return False
                    if code not in CONFLICT:
                        raise
            # another conditional write was in flight: it may yet fail, so check
            if self.has(key):
                return False
            time.sleep(CONFLICT_PAUSE_S)
        raise ThrottledError(f"writing {self.url(key)}: other writers kept interfering")

    def replace(self, key: str, body: bytes, *, etag: str, content_type: str = "application/octet-stream") -> bool:
        """False when another writer was or may have been faster: the object no longer has this ETag."""
        with translated_errors(f"writing {self.url(key)}"):
            try:
                self._s3.put_object(Bucket=self.name, Key=key, Body=body, ContentType=content_type, IfMatch=etag)
            except ClientError as error:
                if error.response["Error"]["Code"] in PRECONDITION_FAILED | CONFLICT | MISSING:
                    return False
                raise
        return True

    def delete(self, keys: list[str]) -> None:
        for start in range(0, len(keys), 1000):
            batch = keys[start : start + 1000]
            with translated_errors(f"deleting {len(batch)} objects of s3://{self.name}"):
                response = self._s3.delete_objects(
                    Bucket=self.name, Delete={"Objects": [{"Key": key} for key in batch], "Quiet": True}
                )
            faults = response.get("Errors", [])
            if faults:
                code = faults[0].get("Code", "")
                error_type = ERROR_CODES.get(code, ServiceUnavailableError)
                raise error_type(f"deleting {len(faults)} objects of s3://{self.name}: {code}")

    def sizes(self, prefix: str) -> Iterator[tuple[str, int]]:
        """(key, bytes) of every object under a prefix."""
        with translated_errors(f"listing {self.url(prefix)}"):
            for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=self.name, Prefix=prefix):
                for entry in page.get("Contents", ()):
                    yield entry["Key"], entry["Size"]


def read_message(bucket: Bucket, key: str, message_type: type[AnyMessage]) -> AnyMessage:
    """Raises ObjectMissingError, MessageInvalidError."""
    return message_type.parse(bucket.get(key), source=bucket.url(key))


def find_message(bucket: Bucket, key: str, message_type: type[AnyMessage]) -> AnyMessage | None:
    """None when there is no such object. Raises MessageInvalidError."""
    body = bucket.find(key)
    return None if body is None else message_type.parse(body, source=bucket.url(key))
