"""SHA-256 of files: of each one, and of all of them together."""

import hashlib

from labeler.fetch import Block
from labeler.run_index import FileEntry

DIGEST_BYTES = 32
UNREAD = bytes(DIGEST_BYTES)


class FilesDigest:
    """SHA-256 over the keys and contents of files, in the order of their keys."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()

    def add(self, entries: list[FileEntry], file_sha256: bytes) -> None:
        """`file_sha256`: DIGEST_BYTES of each entry."""
        for position, entry in enumerate(entries):
            key = entry.key.encode()
            digest = file_sha256[position * DIGEST_BYTES : (position + 1) * DIGEST_BYTES]
            # with its length, so that no other keys and digests give the same bytes
            self._sha256.update(len(key).to_bytes(4) + key + digest)

    def hexdigest(self) -> str:
        return self._sha256.hexdigest()


def file_digests(entries: list[FileEntry], block: Block) -> bytes:
    """SHA-256 of each file of the block, in the order of its entries; UNREAD where it was too large to read."""
    digests = {file.key: hashlib.sha256(file.body).digest() for file in block.files}
    return b"".join(digests.get(entry.key, UNREAD) for entry in entries)
