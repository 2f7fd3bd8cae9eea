"""AWS of a benchmark: S3's and SQS's few calls, answered from a dictionary."""

import io
from typing import Any


class Memory:
    """S3's and SQS's few calls, kept in a dictionary."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.messages = 0

    def put_object(self, *, Key: str, Body: bytes, **_: object) -> None:  # noqa: N803 - boto3's name
        self.objects[Key] = Body

    def get_object(self, *, Key: str, **_: object) -> dict[str, Any]:  # noqa: N803
        return {"Body": io.BytesIO(self.objects[Key])}

    def get_paginator(self, _: str) -> "Memory":
        return self

    def paginate(self, *, Prefix: str, **_: object) -> list[dict[str, Any]]:  # noqa: N803
        keys = [key for key in self.objects if key.startswith(Prefix)]
        return [{"Contents": [{"Key": key, "Size": len(self.objects[key])} for key in keys]}]

    def send_message_batch(self, *, Entries: list[object], **_: object) -> dict[str, Any]:  # noqa: N803
        self.messages += len(Entries)
        return {"Successful": Entries}


class MemoryAws:
    def __init__(self) -> None:
        self.s3 = self.sqs = Memory()
