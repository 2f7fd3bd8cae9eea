"""Many small GETs: the files of a unit or of an experiment, in blocks whose bytes are bounded."""

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

from botocore.exceptions import ClientError

from labeler.aws import Aws
from labeler.aws_errors import MISSING, PRECONDITION_FAILED, translated_errors
from labeler.run_index import FileEntry
from labeler.task import FileReason, RawFile, Reject

UNSUPPORTED_KEY = re.compile(r"(^|/)\.{0,2}(/|$)|[\x00-\x1f\x7f]")
"""Empty, `.` and `..` segments and control characters: S3 allows them, obstore refuses or changes them."""


class Block(NamedTuple):
    """Files that are worked on together: those that were read, and the rejects of those that were not."""

    files: list[RawFile]
    entries: int
    """Files that this block accounts for, read or refused."""
    size_bytes: int
    rejected: list[tuple[str, Reject]]
    """(file key, reject) of files that could not be read."""


def split_blocks(
    entries: Iterable[FileEntry], block_bytes: int, block_files: int = sys.maxsize
) -> Iterator[list[FileEntry]]:
    """Consecutive entries of at most `block_bytes` together and at most `block_files`, one entry at least."""
    block: list[FileEntry] = []
    size = 0
    for entry in entries:
        if block and (size + entry.size_bytes > block_bytes or len(block) == block_files):
            yield block
            block, size = [], 0
        block.append(entry)
        size += entry.size_bytes
    if block:
        yield block


class Fetcher:
    """Reads the files of a bucket as they were listed."""

    def __init__(self, aws: Aws, bucket: str, *, threads: int, max_file_bytes: int) -> None:
        self._aws = aws
        self._bucket = bucket
        self._store = aws.object_store(bucket)
        self._threads = threads
        self._max_file_bytes = max_file_bytes
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="fetch")

    def close(self) -> None:
        self._pool.shutdown(cancel_futures=True)

    def fetch(self, entries: Sequence[FileEntry]) -> Block:
        """Raises ThrottledError, ServiceUnavailableError, AccessDeniedError or ObjectMissingError (the bucket); a file that is gone or changed is only refused."""
        # one task per thread, not per file: the pool's own cost is a third of a small GET
        shares = [entries[start :: self._threads] for start in range(min(self._threads, len(entries)))]
        results: list[RawFile | FileReason] = [FileReason.VANISHED] * len(entries)
        for start, share in enumerate(self._pool.map(self._get_share, shares)):
            results[start :: self._threads] = share
        if all(result is FileReason.VANISHED for result in results):
            # obstore tells a missing bucket like a missing file: a wrong setting must not quarantine a day
            with translated_errors(f"looking for the bucket {self._bucket}"):
                self._aws.s3.head_bucket(Bucket=self._bucket)
        files = [result for result in results if isinstance(result, RawFile)]
        refused = [
            (entry.key, Reject(-1, None, None, None, result, 0))
            for entry, result in zip(entries, results, strict=True)
            if isinstance(result, FileReason)
        ]
        return Block(files, len(entries), sum(len(file.body) for file in files), refused)

    def _get_share(self, entries: Sequence[FileEntry]) -> list[RawFile | FileReason]:
        return [self._get(entry) for entry in entries]

    def _get(self, entry: FileEntry) -> RawFile | FileReason:
        if entry.size_bytes > self._max_file_bytes:
            return FileReason.TOO_LARGE
        with translated_errors(f"reading a file of s3://{self._bucket}"):
            if UNSUPPORTED_KEY.search(entry.key):
                return self._get_with_boto3(entry)
            try:
                result = self._store.get(entry.key)
            except FileNotFoundError:  # obstore's NotFoundError is one
                return FileReason.VANISHED
            if (result.meta["e_tag"] or "").strip('"') != entry.etag:
                # not read, it may have any size now; the next run finds the new version and labels that one
                return FileReason.CHANGED
            return RawFile(entry.key, bytes(result.bytes()))

    def _get_with_boto3(self, entry: FileEntry) -> RawFile | FileReason:
        try:
            answer = self._aws.s3.get_object(Bucket=self._bucket, Key=entry.key, IfMatch=entry.etag)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code in MISSING:
                return FileReason.VANISHED
            if code in PRECONDITION_FAILED:
                return FileReason.CHANGED
            raise
        return RawFile(entry.key, answer["Body"].read())
