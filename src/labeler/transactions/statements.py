"""Raw statement files -> one typed table and the rejects, for many files at once.

Every column is dictionary-encoded and every distinct value is checked and converted once; only rows that fail
are explained one by one, by the contract itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from labeler.task import RawFile, Reading, Reject
from labeler.transactions import schema
from labeler.transactions.categories import CATEGORIES
from labeler.transactions.parsing import RawRows, parse_files
from labeler.transactions.schema import COLUMNS, ENCODING, LABEL_COLUMN, RowReason


class Coded(NamedTuple):
    """A column worked on per distinct value: row i holds `values[codes[i]]`."""

    codes: np.ndarray  # int32 (n,)
    values: list[str]


@dataclass(frozen=True, slots=True)
class StatementTable:
    """n good rows of many files; the rows of a file are adjacent and in the file's order."""

    file_index: np.ndarray  # int32 (n,)
    account: Coded  # id and cohort: ids alone collide, a spreadsheet cut them
    opened: np.ndarray  # int32 (n,) yyyymm
    city: Coded
    state: Coded
    age: np.ndarray  # int32 (n,) years
    sex: Coded
    credit_limit: np.ndarray  # float64 (n,) BRL
    available_limit: np.ndarray  # float64 (n,) BRL
    day: Coded  # ISO dates: few distinct ones
    amount: np.ndarray  # float64 (n,) BRL, NaN is missing
    place: Coded  # the merchant's city, or what stands there
    country: Coded
    category: Coded | None  # of labeled statements only

    def __len__(self) -> int:
        return len(self.file_index)

    def take(self, rows: np.ndarray) -> "StatementTable":
        """The given rows, in the given order."""
        columns = {f.name: getattr(self, f.name) for f in fields(self)}
        return StatementTable(**{name: _taken(column, rows) for name, column in columns.items()})


def _taken(column: Any, rows: np.ndarray) -> Any:
    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.values)
    return None if column is None else column[rows]


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
    table = _typed(raw.file_index, {name: (columns[name][0], parsed[name][0]) for name in columns})
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
        return schema.screen_decimals(name, pa.array(distinct, pa.string()))
    if name == LABEL_COLUMN:
        values = [text.strip() for text in distinct]
        return values, np.array([value in CATEGORIES for value in values], dtype=bool)
    return schema.screen_values(name, distinct)


def _explained(raw: RawRows, columns: dict[str, Column], is_good: dict[str, np.ndarray]) -> list[Reject]:
    """The first fault of each bad row in the contract's order; the reason is found once per distinct bad value."""
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


def _typed(file_index: np.ndarray, columns: dict[str, tuple[np.ndarray, Any]]) -> StatementTable:
    def number(name: str, dtype: type) -> np.ndarray:
        codes, values = columns[name]
        clean = [0 if value is None else value for value in values] if isinstance(values, list) else values
        return np.asarray(clean, dtype=dtype)[codes]

    def text(name: str) -> Coded:
        codes, values = columns[name]
        return _recoded(codes, ["" if value is None else str(value) for value in values])

    return StatementTable(
        file_index=file_index,
        account=_accounts(text("id"), text("safra_abertura")),
        opened=number("safra_abertura", np.int32),
        city=text("cidade"),
        state=text("estado"),
        age=number("idade", np.int32),
        sex=text("sexo"),
        credit_limit=number("limite_total", np.float64),
        available_limit=number("limite_disp", np.float64),
        day=text("data"),
        amount=number("valor", np.float64),
        place=text("cidade_estabelecimento"),
        country=text("pais_estabelecimento"),
        category=text(LABEL_COLUMN) if LABEL_COLUMN in columns else None,
    )


def _recoded(codes: np.ndarray, values: list[str]) -> Coded:
    """`1.05.2001` and `01.05.2001` are one day: codes of what was meant, not of how it was written."""
    meant: dict[str, int] = {}
    code_of = np.array([meant.setdefault(value, len(meant)) for value in values], np.int32)
    return Coded(codes, values) if len(meant) == len(values) else Coded(code_of[codes], list(meant))


def _accounts(ids: Coded, cohorts: Coded) -> Coded:
    """Account = id and cohort. Rows of an account mostly follow each other, so runs are named, not rows."""
    key = ids.codes.astype(np.int64) * max(len(cohorts.values), 1) + cohorts.codes
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    distinct, inverse = np.unique(key[starts], return_inverse=True)
    names = [
        f"{ids.values[pair // len(cohorts.values)]}-{cohorts.values[pair % len(cohorts.values)]}" for pair in distinct
    ]
    return Coded(np.repeat(inverse.astype(np.int32), np.diff(starts, append=len(key))), names)


def _dictionary(column: Coded) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(column.codes), pa.array(column.values, pa.string()))
