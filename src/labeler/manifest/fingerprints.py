"""A file is known by its fingerprint: key and ETag (pure)."""

from collections.abc import Container, Iterable, Iterator
from hashlib import blake2b
from itertools import chain

from labeler.run_index import FileEntry

DIGEST_BYTES = 16


def fingerprint(entry: FileEntry) -> bytes:
    return blake2b(f"{entry.key}\0{entry.etag}".encode(), digest_size=DIGEST_BYTES).digest()


def unseen(entries: Iterable[FileEntry], fingerprints: Container[bytes]) -> Iterator[FileEntry]:
    """The entries, in their order, of which no earlier run took this very content."""
    return (entry for entry in entries if fingerprint(entry) not in fingerprints)


def pack(fingerprints: Iterable[bytes]) -> bytes:
    """A seen object: digests back to back, sorted, so that the same files give the same bytes."""
    return b"".join(sorted(fingerprints))


def unpack(bodies: Iterable[bytes]) -> frozenset[bytes]:
    """The fingerprints of several seen objects."""
    return frozenset(chain.from_iterable(_digests(body) for body in bodies))


def _digests(body: bytes) -> Iterator[bytes]:
    return (body[at : at + DIGEST_BYTES] for at in range(0, len(body), DIGEST_BYTES))
