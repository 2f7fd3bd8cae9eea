"""What is wrong with synthetic statements on purpose, and the truth about it."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from labeler.errors import InputInvalidError
from labeler.task import FileReason
from labeler.transactions.schema import RowReason

Lines = list[bytes]
"""A file without its line ends, the header first."""


class FileDamage(StrEnum):
    """The first group costs the file; the second is unusual, and every row of it is good."""

    EMPTY = "empty"
    HEADER_ONLY = "header_only"
    NO_HEADER = "no_header"
    UNKNOWN_HEADER = "unknown_header"
    TRUNCATED = "truncated"
    BINARY = "binary"

    SEVERAL_ACCOUNTS = "several_accounts"
    QUOTED = "quoted"
    REORDERED = "reordered"


REFUSED_FOR = {
    FileDamage.EMPTY: FileReason.EMPTY,
    FileDamage.HEADER_ONLY: FileReason.EMPTY,
    FileDamage.NO_HEADER: FileReason.NO_HEADER,
    FileDamage.UNKNOWN_HEADER: FileReason.UNKNOWN_HEADER,
    FileDamage.TRUNCATED: FileReason.TRUNCATED,
    FileDamage.BINARY: FileReason.NOT_DECODABLE,
}
BAD_FILES = tuple(REFUSED_FOR)
ODD_FILES = (FileDamage.SEVERAL_ACCOUNTS, FileDamage.QUOTED, FileDamage.REORDERED)


@dataclass(frozen=True, slots=True)
class Corruption:
    """Rates between 0 and 1. Accounts and their values stay the same whatever the corruption."""

    missing_amounts: float = 0.0006
    """Of the rows, beyond the category that never has an amount (0.3 % of the rows). Such a row is good."""
    empty_countries: float = 0.0012
    """Of the rows, beyond the categories that never have one (0.4 %)."""
    odd_places: float = 0.008
    """Of the rows: a phone number, a URL or an id where the merchant's city should be."""
    lf_files: float = 0.0
    """Of the files: LF instead of CRLF."""
    bad_rows: float = 0.0
    """Of the rows in files that are not damaged as a whole: rows that a reader must refuse."""
    bad_files: float = 0.0
    bad_file_kinds: tuple[FileDamage, ...] = BAD_FILES
    odd_files: float = 0.0
    odd_file_kinds: tuple[FileDamage, ...] = ODD_FILES

    def __post_init__(self) -> None:
        for name in (
            "missing_amounts",
            "empty_countries",
            "odd_places",
            "lf_files",
            "bad_rows",
            "bad_files",
            "odd_files",
        ):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise InputInvalidError(f"corruption: {name}={getattr(self, name)} is no rate", hint="give 0 to 1")
        if self.bad_files + self.odd_files > 1.0:
            raise InputInvalidError("corruption: bad_files and odd_files exceed 1 together", hint="give lower rates")


LIKE_REAL = Corruption()
"""What the real statements have: nothing that a reader must refuse."""
REJECTABLE = Corruption(lf_files=0.1, bad_rows=0.004, bad_files=0.03, odd_files=0.06)
"""For tests and the demo: some of everything."""


class BadRow(NamedTuple):
    row_number: int
    """1-based among the file's data rows."""
    column: str | None
    reason: RowReason


@dataclass(frozen=True, slots=True)
class Truth:
    """What a reader must find in a file."""

    rows: int
    """Data lines, good and bad; 0 in a file that can't be read as text."""
    bad_rows: tuple[BadRow, ...] = ()
    damage: FileDamage | None = None

    @property
    def refused(self) -> FileReason | None:
        return REFUSED_FOR.get(self.damage) if self.damage else None

    @property
    def rows_rejected(self) -> int:
        return self.rows if self.refused else len(self.bad_rows)


class _RowDamage(NamedTuple):
    column: str | None
    reason: RowReason
    values: tuple[bytes, ...]


ROW_DAMAGES = (
    _RowDamage(None, RowReason.FIELD_COUNT, ()),
    _RowDamage("valor", RowReason.NUMBER, (b"12,3O", b"R$ 10", b"1.2,5", b"12.50")),
    _RowDamage("data", RowReason.DATE, (b"2019-12-04", b"ontem", b"4/12/2019")),
    _RowDamage("data", RowReason.DATE, (b"31.02.2020", b"30.02.2019", b"31.04.2019", b"5.13.2019")),
    _RowDamage("idade", RowReason.RANGE, (b"999", b"-1", b"131")),
)


def damage_row(line: bytes, columns: tuple[str, ...], choice: int) -> tuple[bytes, str | None, RowReason]:
    """A row that breaks the contract in exactly one column; `choice` says how, any number does."""
    damage = ROW_DAMAGES[choice % len(ROW_DAMAGES)]
    variant = choice // len(ROW_DAMAGES)
    fields = line.split(b";")
    if damage.column is None:
        fields = fields[:-2] if variant % 2 else [*fields, b"?"]
    else:
        fields[columns.index(damage.column)] = damage.values[variant % len(damage.values)]
    return b";".join(fields), damage.column, damage.reason


def damage_file(
    damage: FileDamage, lines: Lines, other: Lines, rng: np.random.Generator
) -> tuple[Lines | bytes, Truth]:
    """A whole file made bad or odd. `other` is another account's file, bytes are final as they are."""
    damaged = _FILE_DAMAGES[damage](lines, other, rng)
    if isinstance(damaged, bytes):
        return damaged, Truth(rows=0, damage=damage)
    has_header = damage is not FileDamage.NO_HEADER
    return damaged, Truth(rows=len(damaged) - has_header, damage=damage)


def _binary(_: Lines, __: Lines, rng: np.random.Generator) -> bytes:
    return b"\x1f\x8b\x08\0" + rng.bytes(2000)


def _unknown_header(lines: Lines, _: Lines, __: np.random.Generator) -> Lines:
    return [lines[0].replace(b"limite_disp", b"saldo").replace(b";data;", b";dia;"), *lines[1:]]


def _truncated(lines: Lines, _: Lines, rng: np.random.Generator) -> Lines:
    """Cut within the first fields of a row in the second half of the file."""
    last = int(rng.integers(len(lines) // 2, len(lines)))
    return [*lines[:last], lines[last][: int(rng.integers(3, 30))]]


def _quoted(lines: Lines, _: Lines, __: np.random.Generator) -> Lines:
    """Every fifth place is quoted and holds a separator."""
    place = lines[0].split(b";").index(b"cidade_estabelecimento")
    quoted = list(lines)
    for row in range(1, len(lines), 5):
        fields = lines[row].split(b";")
        fields[place] = b'"' + fields[place] + b'; SP"'
        quoted[row] = b";".join(fields)
    return quoted


def _reordered(lines: Lines, _: Lines, rng: np.random.Generator) -> Lines:
    order = rng.permutation(lines[0].count(b";") + 1)
    split = (line.split(b";") for line in lines)
    return [b";".join(fields[position] for position in order) for fields in split]


_FILE_DAMAGES: dict[FileDamage, Callable[[Lines, Lines, np.random.Generator], Lines | bytes]] = {
    FileDamage.EMPTY: lambda _, __, ___: b"",
    FileDamage.HEADER_ONLY: lambda lines, _, __: lines[:1],
    FileDamage.NO_HEADER: lambda lines, _, __: lines[1:],
    FileDamage.UNKNOWN_HEADER: _unknown_header,
    FileDamage.TRUNCATED: _truncated,
    FileDamage.BINARY: _binary,
    FileDamage.SEVERAL_ACCOUNTS: lambda lines, other, _: lines + other[1:],
    FileDamage.QUOTED: _quoted,
    FileDamage.REORDERED: _reordered,
}
