"""One raw file: its columns and data lines, or why the whole file is refused (pure)."""

from functools import lru_cache

from labeler.task import FileReason
from labeler.transactions.normalize import NormalizedBody, split_header
from labeler.transactions.schema import COLUMNS, ENCODING, LABEL_COLUMN, SEPARATOR

FOREIGN_STARTS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\x1f\x8b", b"PK\x03\x04", b"PAR1")
"""UTF-8 and UTF-16 marks, gzip, zip, Parquet: not Mac Roman text, though every byte would decode."""
MAX_HEADER_BYTES = 4096
"""Headers are remembered; a file without a line end must not be."""

Columns = tuple[str, ...]


def open_file(body: bytes, *, with_labels: bool) -> tuple[Columns, NormalizedBody] | tuple[FileReason, int]:
    """A file's columns and data lines; or why it is refused, and how many rows that costs."""
    if not body or body.isspace():
        return FileReason.EMPTY, 0
    if b"\0" in body or body.startswith(FOREIGN_STARTS):
        return FileReason.NOT_DECODABLE, 0
    header, normalized = split_header(body)
    columns = _columns(header) if len(header) <= MAX_HEADER_BYTES else ()
    reason = _refusal(header, columns, normalized.data, with_labels=with_labels)
    if reason:
        is_header_data = reason is FileReason.NO_HEADER
        return reason, _count_rows(normalized.data) + is_header_data
    return columns, normalized if normalized.data.endswith(b"\n") else normalized._replace(data=normalized.data + b"\n")


def _refusal(header: bytes, columns: Columns, data: bytes, *, with_labels: bool) -> FileReason | None:
    if not columns:
        names = {name.strip().lower() for name in header.decode(ENCODING).split(SEPARATOR)}
        return FileReason.UNKNOWN_HEADER if names.intersection(COLUMNS) else FileReason.NO_HEADER
    if with_labels and LABEL_COLUMN not in columns:
        return FileReason.UNKNOWN_HEADER
    if not data or data.isspace():
        return FileReason.EMPTY
    last = data[data.rfind(b"\n") + 1 :]
    if last and last.count(SEPARATOR.encode()) + 1 < len(columns):
        return FileReason.TRUNCATED
    return None


@lru_cache(maxsize=256)
def _columns(header: bytes) -> Columns:
    """The contract's columns in this header's order; empty when it is not such a header."""
    names = tuple(name.strip().lower() for name in header.decode(ENCODING).split(SEPARATOR))
    is_known = len(set(names)) == len(names) and set(names) - {LABEL_COLUMN} == set(COLUMNS)
    return names if is_known else ()


def _count_rows(data: bytes) -> int:
    return sum(1 for line in data.splitlines() if line)
