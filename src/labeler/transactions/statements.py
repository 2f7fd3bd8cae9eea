"""Raw statement files -> one typed table and the rejects, for many files at once.

Every column is dictionary-encoded and every distinct value is checked and converted once; only rows that fail
are explained one by one, by the contract itself.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from labeler.task import RawFile, Reading, Reject
from labeler.transactions import schema, screening
from labeler.transactions.categories import CATEGORIES
from labeler.transactions.parsing import RawRows, parse_files
from labeler.transactions.reasons import RowReason
from labeler.transactions.schema import COLUMNS, ENCODING, LABEL_COLUMN
from labeler.transactions.table import Coded, build_table


def read_statements(files: Sequence[RawFile], *, with_labels: bool = False) -> Reading:
    """Every data row of every file ends in the table or in exactly one reject. Input never makes it raise.

    Rows keep the order of the files and of their lines. `with_labels` asks for labeled statements: a file
    without the label column and a row with an unknown category are then rejected; otherwise labels are ignored.
    """
    raw, rejects = parse_files(files, with_labels=with_labels)
    columns = {name: _column(raw.table, name) for name in raw.table.column_names}
    parsed = {name: _screened(name, distinct) for name, (_, distinct) in columns.items()}
    is_good = np.ones(len(raw.file_index), dtype=bool)
    for name, (_, is_good_value) in parsed.items():
        if not is_good_value.all():
            is_good &= is_good_value[columns[name][0]]
    if not is_good.all():
        rejects += _explained(raw, columns, {name: good for name, (_, good) in parsed.items()})
        kept = np.flatnonzero(is_good)
        raw = raw._replace(file_index=raw.file_index[kept], row_number=raw.row_number[kept])
        columns = {name: (codes[kept], distinct) for name, (codes, distinct) in columns.items()}
    table = build_table(raw.file_index, {name: (columns[name][0], parsed[name][0]) for name in columns})
    rejects.sort(key=lambda reject: (reject.file, reject.row_number or 0))
    return Reading(
        table=table,
        file_index=raw.file_index,
        row_number=raw.row_number,
        identity={"account_id": _dictionary(table.account)},
        rejects=rejects,
        labels=_dictionary(table.category) if table.category else None,
        time=np.array(table.day.values, "datetime64[D]").astype(np.int64)[table.day.codes] if with_labels else None,
    )


Column = tuple[np.ndarray, list[str]]


def _column(table: pa.Table, name: str) -> Column:
    """(int32 codes (n,), distinct texts)"""
    chunks = table.column(name).combine_chunks()
    array = chunks.chunk(0) if isinstance(chunks, pa.ChunkedArray) else chunks
    distinct = array.dictionary.to_pylist()
    # one decoding for all: a value never holds a line end
    return array.indices.to_numpy(), b"\n".join(distinct).decode(ENCODING).split("\n") if distinct else []


def _screened(name: str, distinct: list[str]) -> tuple[Any, np.ndarray]:
    """Distinct texts -> (their values, bool (d,) is good)."""
    if name in schema.NUMERIC:
        return screening.screen_decimals(name, pa.array(distinct, pa.string()))
    if name == LABEL_COLUMN:
        values = [text.strip() for text in distinct]
        return values, np.array([value in CATEGORIES for value in values], dtype=bool)
    return screening.screen_values(name, distinct)


def _explained(raw: RawRows, columns: dict[str, Column], is_good: dict[str, np.ndarray]) -> list[Reject]:
    """The first fault of each bad row in the contract's order; the reason is looked up once per distinct bad value."""
    rejects: list[Reject] = []
    is_open = np.ones(len(raw.file_index), dtype=bool)
    for name in (*COLUMNS, LABEL_COLUMN):
        if name not in columns or is_good[name].all():
            continue
        codes, distinct = columns[name]
        reason_of = {code: _reason(name, distinct[code]) for code in np.flatnonzero(~is_good[name]).tolist()}
        for row in np.flatnonzero(is_open & ~is_good[name][codes]).tolist():
            is_open[row] = False
            file, number, line = (int(values[row]) for values in raw[1:])
            rejects.append(Reject(file, number, line, name, reason_of[int(codes[row])], 1))
    return rejects


def _reason(column: str, text: str) -> str:
    return RowReason.CATEGORY if column == LABEL_COLUMN else schema.fault(column, text) or RowReason.TEXT


def _dictionary(column: Coded) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(column.codes), pa.array(column.values, pa.string()))
