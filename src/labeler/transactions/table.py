"""The typed table of many statements' good rows (pure)."""

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np

from labeler.transactions.schema import LABEL_COLUMN


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
        return StatementTable(**{name: _take(column, rows) for name, column in columns.items()})


def _take(column: Any, rows: np.ndarray) -> Any:
    if isinstance(column, Coded):
        return Coded(column.codes[rows], column.values)
    return None if column is None else column[rows]


def build_table(file_index: np.ndarray, columns: dict[str, tuple[np.ndarray, Any]]) -> StatementTable:
    """`columns`: (codes, parsed distinct values) by the names of the file."""

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
