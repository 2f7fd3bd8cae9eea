"""A batch of statements: rows drawn together, cut into files and corrupted."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from labeler_local.synthetic.corruption import BadRow, Corruption, FileDamage, GroundTruth
from labeler_local.synthetic.damage import Lines, damage_file, damage_row
from labeler_local.synthetic.rows import BATCH, draw_batch
from labeler_local.synthetic.text import CRLF, header_of, row_bytes


@dataclass(frozen=True, slots=True)
class Statement:
    name: str
    body: bytes
    ground_truth: GroundTruth


class Batch:
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
        damages: list[FileDamage | None] = []
        for chance, which in zip(self._rng.random(BATCH), self._rng.integers(0, 2**16, BATCH), strict=True):
            if chance < corruption.bad_files:
                damages.append(corruption.bad_file_kinds[which % len(corruption.bad_file_kinds)])
            elif chance < corruption.bad_files + corruption.odd_files:
                damages.append(corruption.odd_file_kinds[which % len(corruption.odd_file_kinds)])
            else:
                damages.append(None)
        return damages

    def statements(self, accounts: range) -> Iterator[Statement]:
        for position in range(BATCH):
            if self._first + position in accounts:
                body, ground_truth = self._file(position)
                yield Statement(file_name(self._first + position), body, ground_truth)

    def _file(self, position: int) -> tuple[bytes, GroundTruth]:
        first, last = self._starts[position : position + 2]
        damage = self._damages[position]
        choices = self._bad_choice[first:last]
        if damage is None and not self._is_lf[position] and choices.max() < 0:
            return b"".join((self._header, CRLF, self._row_bytes(position))), GroundTruth(rows=int(last - first))
        lines = self._lines(position)
        if damage is None:
            ground_truth = self._damage_rows(lines, choices)
        else:
            rng = np.random.default_rng((self._seed, self._first + position, 2))
            damaged, ground_truth = damage_file(damage, lines, self._lines((position + 1) % BATCH), rng)
            if isinstance(damaged, bytes):
                return damaged, ground_truth
            lines = damaged
        end = b"\n" if self._is_lf[position] else CRLF
        is_ended = damage is not FileDamage.TRUNCATED
        return end.join(lines) + (end if is_ended else b""), ground_truth

    def _row_bytes(self, position: int) -> memoryview:
        first, last = self._starts[position : position + 2]
        return self._bytes[self._offsets[first] : self._offsets[last]]

    def _lines(self, position: int) -> Lines:
        return [self._header, *bytes(self._row_bytes(position)).split(CRLF)[:-1]]

    def _damage_rows(self, lines: Lines, choices: np.ndarray) -> GroundTruth:
        bad = []
        for row in np.flatnonzero(choices >= 0).tolist():
            lines[row + 1], column, reason = damage_row(lines[row + 1], self._columns, int(choices[row]))
            bad.append(BadRow(row + 1, column, reason))
        return GroundTruth(rows=len(choices), bad_rows=tuple(bad))


def file_name(account: int) -> str:
    """The same for an account however many files there are."""
    return f"account-{account:07d}.csv"
