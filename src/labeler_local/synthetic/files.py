"""Synthetic statements: byte for byte the real format, the real marginals, and no real row.

File i is a function of (seed, i, corruption, until): the first 1,000 of 100,000 files are the 1,000 files that a smaller
call gives, and the same files without labels are what a worker would get for the labeled ones.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from labeler.errors import InputInvalidError
from labeler_local.synthetic.corruption import (
    LIKE_REAL,
    BadRow,
    Corruption,
    FileDamage,
    Lines,
    Truth,
    damage_file,
    damage_row,
)
from labeler_local.synthetic.rows import BATCH, draw_batch
from labeler_local.synthetic.text import CRLF, header_of, row_bytes

LAST_DAY = date(2020, 3, 15)
"""The last day of the real statements."""


@dataclass(frozen=True, slots=True)
class Statement:
    name: str
    body: bytes
    truth: Truth


@dataclass(frozen=True, slots=True)
class Written:
    """Totals of what was written, for reconciling with what a run reports."""

    files: int = 0
    files_refused: int = 0
    rows: int = 0
    rows_rejected: int = 0
    """Rows of refused files included."""
    size_bytes: int = 0

    def plus(self, statement: Statement) -> "Written":
        truth = statement.truth
        return Written(
            files=self.files + 1,
            files_refused=self.files_refused + (truth.refused is not None),
            rows=self.rows + truth.rows,
            rows_rejected=self.rows_rejected + truth.rows_rejected,
            size_bytes=self.size_bytes + len(statement.body),
        )


def generate(
    *,
    accounts: int,
    seed: int,
    with_labels: bool,
    corruption: Corruption = LIKE_REAL,
    first: int = 0,
    until: date = LAST_DAY,
) -> Iterator[tuple[str, bytes]]:
    """(file name, bytes) of accounts `first` to `first + accounts - 1`, as `generate_with_ground_truth`."""
    statements = generate_with_ground_truth(
        accounts=accounts, seed=seed, with_labels=with_labels, corruption=corruption, first=first, until=until
    )
    return ((statement.name, statement.body) for statement in statements)


def generate_with_ground_truth(
    *,
    accounts: int,
    seed: int,
    with_labels: bool,
    corruption: Corruption = LIKE_REAL,
    first: int = 0,
    until: date = LAST_DAY,
) -> Iterator[Statement]:
    """Statements, with what a reader must find in each. `until` is the last day that a row may have.

    `first` cuts out a share of a large set, for several processes to write. Raises InputInvalidError.
    """
    if accounts < 0 or first < 0 or seed < 0:
        raise InputInvalidError("statements: accounts, first or seed is negative", hint="give 0 or more")
    batches = range(first // BATCH, -(-(first + accounts) // BATCH))
    wanted = range(first, first + accounts)
    return (
        statement
        for batch in batches
        for statement in _Batch(seed, batch, with_labels=with_labels, corruption=corruption, until=until).statements(
            wanted
        )
    )


def write_statements(
    directory: Path, statements: Iterable[Statement], *, on_progress: Callable[[Written], object] | None = None
) -> Written:
    """One file an account, flat in `directory`, as files land. `on_progress` is called after each file."""
    directory.mkdir(parents=True, exist_ok=True)
    written = Written()
    for statement in statements:
        (directory / statement.name).write_bytes(statement.body)
        written = written.plus(statement)
        if on_progress:
            on_progress(written)
    return written


def file_name(account: int) -> str:
    """The same for an account however many files there are."""
    return f"account-{account:07d}.csv"


class _Batch:
    """The bytes of BATCH accounts, joined once and cut at the accounts."""

    def __init__(self, seed: int, batch: int, *, with_labels: bool, corruption: Corruption, until: date) -> None:
        drawn = draw_batch(seed, batch, until=until)
        # a stream of its own: corruption changes no clean value
        self._rng = rng = np.random.default_rng((seed, batch, 1))
        rows = row_bytes(drawn, corruption, rng, with_labels=with_labels, until=until)
        self._seed, self._first, self._starts = seed, batch * BATCH, drawn.starts
        self._bytes = memoryview(rows.buffers()[2])
        self._offsets = np.frombuffer(rows.buffers()[1], np.int32)
        self._header = header_of(with_labels=with_labels)
        self._columns = tuple(name.strip() for name in self._header.decode().split(";"))
        self._damages = self._drawn_damages(corruption)
        self._is_lf = rng.random(BATCH) < corruption.lf_files
        self._bad_choice = np.where(rng.random(len(rows)) < corruption.bad_rows, rng.integers(0, 2**16, len(rows)), -1)

    def _drawn_damages(self, corruption: Corruption) -> list[FileDamage | None]:
        kinds: list[FileDamage | None] = []
        for chance, which in zip(self._rng.random(BATCH), self._rng.integers(0, 2**16, BATCH), strict=True):
            if chance < corruption.bad_files:
                kinds.append(corruption.bad_file_kinds[which % len(corruption.bad_file_kinds)])
            elif chance < corruption.bad_files + corruption.odd_files:
                kinds.append(corruption.odd_file_kinds[which % len(corruption.odd_file_kinds)])
            else:
                kinds.append(None)
        return kinds

    def statements(self, wanted: range) -> Iterator[Statement]:
        for position in range(BATCH):
            if self._first + position in wanted:
                body, truth = self._file(position)
                yield Statement(file_name(self._first + position), body, truth)

    def _file(self, position: int) -> tuple[bytes, Truth]:
        first, last = self._starts[position : position + 2]
        damage = self._damages[position]
        choices = self._bad_choice[first:last]
        if damage is None and not self._is_lf[position] and choices.max() < 0:
            return b"".join((self._header, CRLF, self._row_bytes(position))), Truth(rows=int(last - first))
        lines = self._lines(position)
        if damage is None:
            truth = self._damage_rows(lines, choices)
        else:
            rng = np.random.default_rng((self._seed, self._first + position, 2))
            damaged, truth = damage_file(damage, lines, self._lines((position + 1) % BATCH), rng)
            if isinstance(damaged, bytes):
                return damaged, truth
            lines = damaged
        end = b"\n" if self._is_lf[position] else CRLF
        is_ended = damage is not FileDamage.TRUNCATED
        return end.join(lines) + (end if is_ended else b""), truth

    def _row_bytes(self, position: int) -> memoryview:
        first, last = self._starts[position : position + 2]
        return self._bytes[self._offsets[first] : self._offsets[last]]

    def _lines(self, position: int) -> Lines:
        return [self._header, *bytes(self._row_bytes(position)).split(CRLF)[:-1]]

    def _damage_rows(self, lines: Lines, choices: np.ndarray) -> Truth:
        bad = []
        for row in np.flatnonzero(choices >= 0).tolist():
            lines[row + 1], column, reason = damage_row(lines[row + 1], self._columns, int(choices[row]))
            bad.append(BadRow(row + 1, column, reason))
        return Truth(rows=len(choices), bad_rows=tuple(bad))
