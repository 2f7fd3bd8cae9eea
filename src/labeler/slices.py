"""A unit's part of the manifest as bytes: gzip over JSON lines, one `["key", "etag", size_bytes]` a file.

The digest is over the compressed bytes, so whoever fetched a slice proves it before a byte is unpacked.
"""

import gzip
import hashlib
import json
from collections.abc import Iterable
from itertools import starmap
from typing import NamedTuple

from labeler.errors import DigestMismatchError
from labeler.run_index import FileEntry

# ETags don't compress: level 6 is 5 % smaller than level 1 and takes half as much CPU again
COMPRESSION = 1


class SealedSlice(NamedTuple):
    body: bytes
    sha256: str


def write_slice(entries: Iterable[FileEntry]) -> SealedSlice:
    """The same entries in the same order give the same bytes, today and in a repeated run."""
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    text = "\n".join(map(encode, entries))
    body = gzip.compress(text.encode(), compresslevel=COMPRESSION, mtime=0)
    return SealedSlice(body, hashlib.sha256(body).hexdigest())


def read_slice(body: bytes, expected_sha256: str) -> list[FileEntry]:
    """The entries in the order in which they were written. Raises DigestMismatchError."""
    sha256 = hashlib.sha256(body).hexdigest()
    if sha256 != expected_sha256:
        raise DigestMismatchError(f"a slice hashes to {sha256[:12]}, its work unit says {expected_sha256[:12]}")
    lines = gzip.decompress(body).split(b"\n")
    return list(starmap(FileEntry, json.loads(b"[" + b",".join(filter(None, lines)) + b"]")))
