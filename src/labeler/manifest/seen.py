"""The seen objects: which files earlier runs took, one object per landing date and run.

The index of a run is its commit: files count as taken when the index exists. Seen objects only repeat what the
index says, so they are written after it and always computed from it. What a crash leaves behind:

- before the index: no seen object, nothing taken; the next call lists again.
- after the index, before the last seen object: the next call finds the index and writes the rest, the same bytes.
  When another run comes first, `repair_earlier_runs` writes them for it: no file is taken twice.
- a seen object can't exist without its index, so none can hide files that no run labels.

A run never counts its own seen objects. A run writes one for every folder that it looked at, an empty one too:
a missing object is what tells an unfinished run. Two runs of different dates that plan in the same minute may both
take a late file (each labels it once under its own run_date); the DAG runs one at a time.
"""

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

from labeler import layout
from labeler.errors import RunConflictError
from labeler.manifest.fingerprints import fingerprint, pack, unpack
from labeler.run_index import RunIndex, UnitSlice
from labeler.slices import read_slice
from labeler.storage import Bucket, find_message

READERS = 16


def fingerprints_of_earlier_runs(runs: Bucket, landing_date: date, run_id: str) -> frozenset[bytes]:
    """Fingerprints of the folder's files that other runs took."""
    own = layout.seen_key(landing_date, run_id)
    keys = [key for key, _ in runs.sizes(layout.seen_prefix(landing_date)) if key != own]
    return unpack(map(runs.get, keys))


def write_seen(runs: Bucket, index: RunIndex, landing_root: str) -> None:
    """Writes the seen objects of a committed run; repeating it writes the same bytes."""
    folders = {layout.landing_prefix(landing_date, landing_root): landing_date for landing_date in index.landing_dates}
    taken: dict[date, list[bytes]] = {landing_date: [] for landing_date in index.landing_dates}
    length = len(layout.landing_prefix(index.run_date, landing_root))

    def fingerprints(unit: UnitSlice) -> list[tuple[str, bytes]]:
        entries = read_slice(runs.get(unit.slice_key), unit.slice_sha256)
        return [(entry.key[:length], fingerprint(entry)) for entry in entries]

    with ThreadPoolExecutor(READERS, thread_name_prefix="seen") as pool:
        for unit in pool.map(fingerprints, index.units):
            for folder, digest in unit:
                if folder not in folders:
                    raise RunConflictError(
                        f"{index.run_id} was planned from another landing folder than {landing_root}/",
                        hint="set LABELER_LANDING_ROOT back until the run is published",
                    )
                taken[folders[folder]].append(digest)
    for landing_date, digests in taken.items():
        runs.put(layout.seen_key(landing_date, index.run_id), pack(digests))


def repair_earlier_runs(
    runs: Bucket, run_id: str, landing_dates: Iterable[date], *, lookback_days: int, landing_root: str
) -> list[str]:
    """Writes the seen objects that other daily runs with a folder in common left unwritten; returns the ids of those runs."""
    suspects: dict[str, set[date]] = {}
    for landing_date in landing_dates:
        written = {key for key, _ in runs.sizes(layout.seen_prefix(landing_date))}
        for days in range(lookback_days + 1):
            other = layout.run_id(landing_date + timedelta(days=days))
            if other != run_id and layout.seen_key(landing_date, other) not in written:
                suspects.setdefault(other, set()).add(landing_date)
    repaired = []
    for other, missing in suspects.items():
        index = find_message(runs, layout.index_key(other), RunIndex)
        if index and missing.intersection(index.landing_dates):
            write_seen(runs, index, landing_root)
            repaired.append(other)
    return repaired
