"""What must become of each file of a day, known before the pipeline sees it."""

from collections.abc import Iterable
from typing import NamedTuple

from labeler.task import FileReason
from labeler_local.synthetic import REJECTABLE, Statement, generate_with_ground_truth
from tests.chaos.poison_task import MARKER


class Record(NamedTuple):
    """A quarantine record."""

    row_number: int | None
    column: str | None
    reason: str
    rows: int


class Expected(NamedTuple):
    """Every row of a file, in exactly one of the two."""

    labeled: frozenset[int]
    quarantined: frozenset[Record]

    @property
    def rows(self) -> int:
        return len(self.labeled) + sum(record.rows for record in self.quarantined)


class Landed(NamedTuple):
    name: str
    body: bytes
    expected: Expected


def corrupted(accounts: int, *, seed: int) -> list[Landed]:
    """Statements with some of every corruption that real ones have."""
    statements = generate_with_ground_truth(accounts=accounts, seed=seed, with_labels=False, corruption=REJECTABLE)
    return [Landed(statement.name, statement.body, expected_of(statement)) for statement in statements]


def expected_of(statement: Statement) -> Expected:
    ground_truth = statement.ground_truth
    if ground_truth.file_reason:
        return Expected(frozenset(), frozenset({Record(None, None, str(ground_truth.file_reason), ground_truth.rows)}))
    bad = frozenset(Record(row.row_number, row.column, str(row.reason), 1) for row in ground_truth.bad_rows)
    good = set(range(1, ground_truth.rows + 1)) - {record.row_number for record in bad}
    return Expected(frozenset(good), bad)


def garbage(count: int) -> list[Landed]:
    """Bytes that are no text at all."""
    refused = Expected(frozenset(), frozenset({Record(None, None, str(FileReason.NOT_DECODABLE), 0)}))
    return [Landed(f"garbage-{number:03}.csv", b"\x1f\x8b\x08\0" * 5000, refused) for number in range(count)]


def poison(statements: Iterable[Landed]) -> list[Landed]:
    """Sound files on which the task's code raises: nobody knows how many rows such a file has."""
    refused = Expected(frozenset(), frozenset({Record(None, None, str(FileReason.UNREADABLE), 0)}))
    return [Landed(f"poison-{one.name}", one.body + MARKER, refused) for one in statements]
