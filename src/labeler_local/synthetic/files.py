"""Synthetic statements: byte for byte the real format, the real marginals, and no real row.

File i is a function of (seed, i, corruption, until): the first 1,000 of 100,000 files are the 1,000 files that a smaller
call gives, and the same files without labels are what a worker would get for the labeled ones.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from labeler.errors import InputInvalidError
from labeler_local.synthetic.batches import Batch, Statement
from labeler_local.synthetic.corruption import LIKE_REAL, Corruption
from labeler_local.synthetic.rows import BATCH

LAST_DAY = date(2020, 3, 15)
"""The last day of the real statements."""


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
        ground_truth = statement.ground_truth
        return Written(
            files=self.files + 1,
            files_refused=self.files_refused + (ground_truth.file_reason is not None),
            rows=self.rows + ground_truth.rows,
            rows_rejected=self.rows_rejected + ground_truth.rows_rejected,
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
    numbers = range(first, first + accounts)
    return (
        statement
        for batch in batches
        for statement in Batch(seed, batch, with_labels=with_labels, corruption=corruption, until=until).statements(
            numbers
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
