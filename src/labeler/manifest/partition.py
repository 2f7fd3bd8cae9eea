"""Files into balanced work units (pure): longest processing time first over as few units as fit."""

import math
from bisect import bisect_left
from collections.abc import Iterable
from heapq import heapify, heappop, heapreplace
from typing import NamedTuple

from labeler.run_index import FileEntry


class Unit(NamedTuple):
    files: tuple[FileEntry, ...]
    """By key."""
    size_bytes: int


def partition(entries: Iterable[FileEntry], *, max_files: int, max_bytes: int) -> list[Unit]:
    """Every entry in exactly one unit; the largest unit first, so that the long ones start early.

    No unit holds more than `max_files` files or `max_bytes` bytes; a single file over `max_bytes` is a unit by
    itself. A file's load is its share of both limits: size / max_bytes + 1 / max_files. A unit's load exceeds
    another's by at most its own lightest file, unless the other is full by count. The order of the input does
    not matter.
    """
    ordered = sorted(entries, key=lambda entry: (-entry.size_bytes, entry.key, entry.etag))
    oversize = sum(1 for _ in _while_larger(ordered, max_bytes))
    groups = [[entry] for entry in ordered[:oversize]]
    rest = ordered[oversize:]
    count = _fewest(rest, max_files, max_bytes)
    while (spread := _spread(rest, count, max_files, max_bytes)) is None:
        count += max(1, count // 64)
    units = [_unit(group) for group in (*groups, *spread) if group]
    return sorted(units, key=lambda unit: (-_load(unit, max_files, max_bytes), unit.files[0].key))


def _while_larger(ordered: list[FileEntry], max_bytes: int) -> Iterable[FileEntry]:
    for entry in ordered:
        if entry.size_bytes <= max_bytes:
            return
        yield entry


def _fewest(ordered: list[FileEntry], max_files: int, max_bytes: int) -> int:
    """No fewer units can hold the files: by count, by bytes, and as at most n files over max_bytes / (n + 1) share one."""
    total = sum(entry.size_bytes for entry in ordered)
    fewest = max(math.ceil(len(ordered) / max_files), math.ceil(total / max_bytes))
    for share in range(1, 9):
        large = bisect_left(ordered, -max_bytes / (share + 1), key=lambda entry: -entry.size_bytes)
        fewest = max(fewest, math.ceil(large / share))
    return fewest


def _spread(ordered: list[FileEntry], count: int, max_files: int, max_bytes: int) -> list[list[FileEntry]] | None:
    """Each file, largest first, to the unit with the least load; None when one does not fit there."""
    groups: list[list[FileEntry]] = [[] for _ in range(count)]
    sizes = [0] * count
    # loads as integers: sums of floats would depend on their order
    heap = [(0, index) for index in range(count)]
    heapify(heap)
    for entry in ordered:
        load, index = heap[0]
        group = groups[index]
        sizes[index] += entry.size_bytes
        if sizes[index] > max_bytes:
            return None
        group.append(entry)
        if len(group) == max_files:
            heappop(heap)
        else:
            heapreplace(heap, (load + entry.size_bytes * max_files + max_bytes, index))
    return groups


def _unit(group: list[FileEntry]) -> Unit:
    return Unit(tuple(sorted(group)), sum(entry.size_bytes for entry in group))


def _load(unit: Unit, max_files: int, max_bytes: int) -> int:
    return unit.size_bytes * max_files + len(unit.files) * max_bytes
