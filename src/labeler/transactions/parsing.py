"""Bytes of many files -> one table of raw text columns, each row knowing its file, row number and line."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv

from labeler.task import FileReason, RawFile, Reject
from labeler.transactions.headers import Columns, open_file
from labeler.transactions.normalize import NormalizedBody, normalize_line_ends
from labeler.transactions.reasons import RowReason
from labeler.transactions.schema import COLUMNS, LABEL_COLUMN, SEPARATOR

RAW_TEXT = pa.dictionary(pa.int32(), pa.binary())


class RawRows(NamedTuple):
    """n rows with the right number of fields; nothing is said of their values yet."""

    table: pa.Table
    """Columns by their names in the file, dictionary-encoded bytes."""
    file_index: np.ndarray  # int32 (n,)
    row_number: np.ndarray  # int32 (n,) 1-based
    line: np.ndarray  # int32 (n,) 1-based, physical

    def take(self, rows: np.ndarray) -> "RawRows":
        return RawRows(self.table.take(rows), self.file_index[rows], self.row_number[rows], self.line[rows])


class _Opened(NamedTuple):
    file: int
    body: NormalizedBody


def parse_files(files: Sequence[RawFile], *, with_labels: bool) -> tuple[RawRows, list[Reject]]:
    """Rows in the files' order. A file that is refused as a whole is one reject for all of its rows."""
    rejects: list[Reject] = []
    groups: dict[Columns, list[_Opened]] = defaultdict(list)
    for index, file in enumerate(files):
        opened = open_file(file.body, with_labels=with_labels)
        if isinstance(opened[0], FileReason):
            rejects.append(Reject(index, None, None, None, opened[0], opened[1]))
        else:
            groups[opened[0]].append(_Opened(index, opened[1]))
    kept_columns = (*COLUMNS, LABEL_COLUMN) if with_labels else COLUMNS
    parts = [_parse(columns, group, kept_columns, rejects) for columns, group in groups.items()]
    return _joined(parts, kept_columns), rejects


def _parse(columns: Columns, group: list[_Opened], kept_columns: Columns, rejects: list[Reject]) -> RawRows:
    """One parse of files with the same columns. Malformed rows are rejected, blank lines are no rows."""
    data = b"".join(opened.body.data for opened in group)
    characters = np.frombuffer(data, np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    if np.count_nonzero(characters == ord("\r")) != np.count_nonzero(characters[ends - 1] == ord("\r")):
        lone = [o._replace(body=o.body._replace(data=normalize_line_ends(o.body.data))) for o in group]
        return _parse(columns, lone, kept_columns, rejects)
    lines = _lines(group, ends, characters)
    if not lines.is_blank.any():
        try:
            return RawRows(_read_csv(data, columns, kept_columns), *lines[:3])
        except pa.ArrowInvalid:
            pass  # some row has another number of fields; on a clean day nobody pays for looking which
    is_row = ~lines.is_blank & _has_fields(characters, ends, len(columns))
    dropped = np.flatnonzero(~is_row)
    for row in dropped[~lines.is_blank[dropped]].tolist():
        file, number, line = (int(column[row]) for column in lines[:3])
        rejects.append(Reject(file, number, line, None, RowReason.FIELD_COUNT, 1))
    table = _read_csv(_without_lines(data, ends, dropped), columns, kept_columns)
    return RawRows(table, *(column[is_row] for column in lines[:3]))


def _has_fields(characters: np.ndarray, ends: np.ndarray, fields: int) -> np.ndarray:
    """bool (lines,): the line has so many fields. pyarrow would only tell by decoding each bad line as UTF-8."""
    separators = np.flatnonzero(characters == ord(SEPARATOR))
    return np.diff(np.searchsorted(separators, ends), prepend=0) == fields - 1


def _without_lines(data: bytes, ends: np.ndarray, dropped: np.ndarray) -> bytes:
    starts = np.where(dropped > 0, ends[dropped - 1] + 1, 0)
    begins = [0, *(ends[dropped] + 1).tolist()]
    return b"".join(data[begin:stop] for begin, stop in zip(begins, [*starts.tolist(), len(data)], strict=True))


class _Lines(NamedTuple):
    """Every physical data line of a group, in the order of the concatenated bytes."""

    file_index: np.ndarray
    row_number: np.ndarray
    line: np.ndarray
    is_blank: np.ndarray


def _lines(group: list[_Opened], ends: np.ndarray, characters: np.ndarray) -> _Lines:
    sizes = np.fromiter((len(opened.body.data) for opened in group), np.int64, len(group))
    counts = np.diff(np.searchsorted(ends, np.cumsum(sizes)), prepend=0)
    first = np.repeat(np.cumsum(counts) - counts, counts)
    file_index = np.repeat(np.fromiter((opened.file for opened in group), np.int32, len(group)), counts)
    within = np.arange(len(ends)) - first
    length = np.diff(ends, prepend=-1) - 1
    is_blank = (length == 0) | ((length == 1) & (characters[ends - 1] == ord("\r")))
    row_number = within + 1
    if is_blank.any():
        blanks = np.cumsum(is_blank)
        row_number -= blanks - np.where(first > 0, blanks[first - 1], 0)
    line = within + 2
    for position, opened in enumerate(group):
        if opened.body.lines is not None:
            start = int(counts[:position].sum())
            line[start : start + counts[position]] = opened.body.lines
    return _Lines(file_index, row_number.astype(np.int32), line.astype(np.int32), is_blank)


def _read_csv(data: bytes, columns: Columns, kept_columns: Columns) -> pa.Table:
    """Raises ArrowInvalid when a line has another number of fields than `columns`."""
    if not data:
        return pa.table({name: pa.array([], RAW_TEXT) for name in kept_columns})
    return pa_csv.read_csv(
        pa.BufferReader(data),
        # one block, so that no dictionary has to be unified; one thread, since a worker owns one core
        read_options=pa_csv.ReadOptions(column_names=list(columns), block_size=len(data) + 1, use_threads=False),
        parse_options=pa_csv.ParseOptions(delimiter=SEPARATOR, quote_char=False, ignore_empty_lines=False),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(columns, RAW_TEXT), include_columns=list(kept_columns), null_values=[]
        ),
    )


def _joined(parts: list[RawRows], kept_columns: Columns) -> RawRows:
    """Groups back in the files' order."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return RawRows(_read_csv(b"", (), kept_columns), *(np.empty(0, np.int32) for _ in range(3)))
    table = pa.concat_tables([part.table for part in parts]).unify_dictionaries().combine_chunks()
    arrays = [np.concatenate([part[position] for part in parts]) for position in (1, 2, 3)]
    rows = RawRows(table, *arrays)
    return rows.take(np.argsort(rows.file_index, kind="stable"))
