"""What a manifest of a million files costs in CPU and memory: `python -m benchmarks.manifest_million [files]`.

The listing is stubbed at the page function and the AWS clients answer from a dictionary; everything between them
is the real code: parallel listing, discovery against as many fingerprints as files, partition, slices, index,
seen objects, messages. The bar is 60 s of CPU and 2 GB. The result goes to build/bench-manifest.json.
"""

import hashlib
import json
import resource
import sys
import time
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, cast

from benchmarks.memory_aws import MemoryAws
from labeler import layout
from labeler.aws import Aws
from labeler.manifest.dispatch import dispatch
from labeler.manifest.fingerprints import fingerprint, pack, unseen
from labeler.manifest.index import write_slices
from labeler.manifest.listing import PAGE_KEYS, Page, PageOf, list_files
from labeler.manifest.partition import partition
from labeler.manifest.seen import fingerprints_of_earlier_runs, write_seen
from labeler.messages import ModelPin, Pins, ReferencePin
from labeler.run_index import FileEntry, RunIndex
from labeler.storage import Bucket

DAY = date(2026, 11, 23)
PREFIX = layout.landing_prefix(DAY)
RESULT = Path("build/bench-manifest.json")
MAX_CPU_S, MAX_MB = 60, 2048


def stub_pages(files: int) -> PageOf:
    """Pages made when they are asked for, as a real listing's: they hold no more than the page."""
    keys = [f"{PREFIX}acct-{number:09d}.csv" for number in range(files)]

    def page_of(after: str) -> Page:
        start = bisect_right(keys, after)
        page = [_entry(key, number) for number, key in enumerate(keys[start : start + PAGE_KEYS], start)]
        return Page(page, start + PAGE_KEYS < files)

    return page_of


def _entry(key: str, number: int) -> FileEntry:
    etag = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
    return FileEntry(f"{key}", etag, 3_000 + number * 7919 % 28_000)


class Phases:
    def __init__(self) -> None:
        self.cpu_s: dict[str, float] = {}

    @contextmanager
    def timed(self, name: str) -> Iterator[None]:
        started = time.process_time()
        yield
        self.cpu_s[name] = round(time.process_time() - started, 2)
        print(f"{name:<10} {self.cpu_s[name]:>7.2f} s CPU   peak {peak_mb():>6.0f} MB")


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(files: int) -> dict[str, Any]:
    aws = MemoryAws()
    runs, phases = Bucket(cast("Aws", aws), "runs"), Phases()
    page_of = stub_pages(files)
    runs.put(layout.seen_key(DAY, "daily-2026-11-22"), pack(fingerprint(_entry(f"x{n}", n)) for n in range(files)))
    stubs_mb = peak_mb()
    with phases.timed("list"):
        listed = list(list_files(page_of, prefix=PREFIX, parallelism=32))
    with phases.timed("discover"):
        new = list(unseen(listed, fingerprints_of_earlier_runs(runs, DAY, "daily-2026-11-23")))
    del listed
    with phases.timed("partition"):
        units = partition(new, max_files=2000, max_bytes=64 * 2**20)
    with phases.timed("slices"):
        slices = write_slices(runs, "daily-2026-11-23", units)
    with phases.timed("index"):
        index = index_of(slices, files)
        runs.put(layout.index_key(index.run_id), index.model_dump_json(indent=1).encode())
    del new, units
    with phases.timed("seen"):
        write_seen(runs, index, layout.LANDING)
    with phases.timed("messages"):
        dispatch(index, after=0, aws=cast("Aws", aws), queue_url="", on_sent=lambda _: None)
    assert aws.sqs.messages == len(index.units)
    assert sum(unit.files for unit in index.units) == files
    return {
        "files": files,
        "units": len(index.units),
        "cpu_s": round(sum(phases.cpu_s.values()), 2),
        "peak_mb": round(peak_mb()),
        "stubs_mb": round(stubs_mb),
        "stage_cpu_s": phases.cpu_s,
        "manifest_mb_in_s3": round(sum(map(len, aws.s3.objects.values())) / 2**20, 1),
    }


def index_of(slices: list[Any], files: int) -> RunIndex:
    pins = Pins(
        model=ModelPin(name="transactions", version="1", key="models/x.tar", sha256="a" * 64, features_digest="f"),
        reference=ReferencePin(key="reference/x.json", sha256="b" * 64, version="1"),
    )
    return RunIndex(
        run_id="daily-2026-11-23",
        run_date=DAY,
        task="labeler.transactions:task",
        landing_dates=(DAY,),
        files=files,
        size_bytes=sum(unit.size_bytes for unit in slices),
        files_seen_before=0,
        pins=pins,
        units=tuple(slices),
    )


def main() -> int:
    result = run(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    is_within = result["cpu_s"] < MAX_CPU_S and result["peak_mb"] < MAX_MB
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(json.dumps({**result, "is_within_bars": is_within}, indent=2) + "\n")
    print(f"{'all':<10} {result['cpu_s']:>7.2f} s CPU   peak {result['peak_mb']:>6} MB   -> {RESULT}")
    return 0 if is_within else 1


if __name__ == "__main__":
    sys.exit(main())
