"""Normalizes one file, so that many can be parsed together (pure).

A normalized body has one row a line and no quote character, so that a parser told to ignore quotes can't run over
a line's end, let alone a file's.
"""

import csv
from typing import NamedTuple

QUOTE = b'"'
SEPARATOR = b";"
MAX_QUOTED_LINES = 20
"""A quoted field that spans more lines is taken for a stray quote: it must not swallow a file."""


class NormalizedBody(NamedTuple):
    """A file's data lines without the header, every line ended."""

    data: bytes
    lines: list[int] | None
    """Physical line of each row where that is not row + 1; None: it is."""


def normalize_line_ends(body: bytes) -> bytes:
    """CRLF and lone CR become LF."""
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def split_header(body: bytes) -> tuple[bytes, NormalizedBody]:
    """First line and normalized data lines of a file; `body` is not blank."""
    end = body.find(b"\n")
    if b"\r" in body[: end - 1 if end > 0 else None]:
        body = normalize_line_ends(body)
        end = body.find(b"\n")
    if end < 0:
        return body, NormalizedBody(b"", None)
    header, data = body[:end], body[end + 1 :]
    if QUOTE in body:
        header = header.replace(QUOTE, b"")
        return header, resolve_quotes(data, fields=header.count(SEPARATOR) + 1)
    return header, NormalizedBody(data, None)


def resolve_quotes(data: bytes, *, fields: int) -> NormalizedBody:
    """Resolves quotes: separators and line ends inside a quoted field become blanks.

    Lines are joined only when they make exactly one row of so many fields. Any other quote is kept as the
    character that it is: two stray ones must not swallow the rows between them.
    """
    physical = normalize_line_ends(data).split(b"\n")
    is_ended = physical[-1] == b""
    if is_ended:
        physical.pop()
    rows, lines, position = [], [], 0
    while position < len(physical):
        span = _record_span(physical, position)
        row = _joined_record(physical[position : position + span], fields) if span else None
        rows.append(physical[position] if row is None else row)
        lines.append(position + 2)
        position += 1 if row is None else span
    return NormalizedBody(b"\n".join(rows) + (b"\n" if is_ended else b""), lines)


def _record_span(physical: list[bytes], start: int) -> int:
    """Lines of the record at `start`: quotes are balanced at its end; 0 when they never are."""
    quotes = 0
    for span, line in enumerate(physical[start : start + MAX_QUOTED_LINES], start=1):
        quotes += line.count(QUOTE)
        if quotes % 2 == 0:
            return span
    return 0


def _joined_record(lines: list[bytes], fields: int) -> bytes | None:
    """The lines as one row without quotes; None when they are not one."""
    if len(lines) == 1 and QUOTE not in lines[0]:
        return lines[0]
    if any(line.count(SEPARATOR) == fields - 1 for line in lines[1:]):
        return None  # a later line is a row by itself: the quote above it is a stray one
    # latin-1 maps every byte to itself: the bytes stay Mac Roman
    text = [line.decode("latin-1") + "\n" for line in lines]
    try:
        records = list(csv.reader(text, delimiter=";", strict=True))
    except csv.Error:  # text behind a closing quote, or a field longer than the module reads
        return None
    if len(records) != 1 or len(records[0]) != fields:
        return None
    blanked = (field.replace(";", " ").replace("\n", " ") for field in records[0])
    return ";".join(blanked).encode("latin-1")
