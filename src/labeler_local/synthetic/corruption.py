"""What is wrong with synthetic statements on purpose, and the ground truth: what a reader must find."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from labeler.errors import InputInvalidError
from labeler.task import FileReason
from labeler.transactions.reasons import RowReason


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


FILE_REASONS = {
    FileDamage.EMPTY: FileReason.EMPTY,
    FileDamage.HEADER_ONLY: FileReason.EMPTY,
    FileDamage.NO_HEADER: FileReason.NO_HEADER,
    FileDamage.UNKNOWN_HEADER: FileReason.UNKNOWN_HEADER,
    FileDamage.TRUNCATED: FileReason.TRUNCATED,
    FileDamage.BINARY: FileReason.NOT_DECODABLE,
}
BAD_FILES = tuple(FILE_REASONS)
ODD_FILES = (FileDamage.SEVERAL_ACCOUNTS, FileDamage.QUOTED, FileDamage.REORDERED)


RATES = ("missing_amounts", "empty_countries", "odd_places", "lf_files", "bad_rows", "bad_files", "odd_files")


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
        for name in RATES:
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
class GroundTruth:
    """What a reader must find in a file."""

    rows: int
    """Data lines, good and bad; 0 in a file that can't be read as text."""
    bad_rows: tuple[BadRow, ...] = ()
    damage: FileDamage | None = None

    @property
    def file_reason(self) -> FileReason | None:
        return FILE_REASONS.get(self.damage) if self.damage else None

    @property
    def rows_rejected(self) -> int:
        return self.rows if self.file_reason else len(self.bad_rows)
