"""Corruption applied to the bytes of a row or of a whole file."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from labeler.transactions.reasons import RowReason
from labeler_local.synthetic.corruption import FileDamage, GroundTruth

Lines = list[bytes]
"""A file without its line ends, the header first."""


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
) -> tuple[Lines | bytes, GroundTruth]:
    """A whole file made bad or odd. `other` is another account's file, bytes are final as they are."""
    damaged = _FILE_DAMAGES[damage](lines, other, rng)
    if isinstance(damaged, bytes):
        return damaged, GroundTruth(rows=0, damage=damage)
    has_header = damage is not FileDamage.NO_HEADER
    return damaged, GroundTruth(rows=len(damaged) - has_header, damage=damage)


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
