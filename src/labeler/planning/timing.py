"""How long the phases of a run take (pure)."""

import math
from collections.abc import Callable

from labeler.planning.ramp import finished_s, ready_at
from labeler.planning.request import CapacityRequest

PAGE_KEYS = 1000
"""S3's limit for a page of a listing."""

PAGE_S = 0.2
"""Of one LIST of 1,000 keys: 0.1 to 0.3 s."""
PAGE_CPU_S = 0.005
"""Python's part of a page: the interpreter's lock makes it the limit of a wide listing."""
MANIFEST_CPU_S_PER_FILE = 20e-6
MANIFEST_BYTES_PER_FILE = 560
"""Of the Lambda's memory; both measured by benchmarks/manifest_million.py."""
PUBLISH_S = 60
"""Last receipt to summary: events, a tick, reconciliation."""
UNIT_TARGET_S = 60
"""A unit is lost work when its worker dies, and what a drain waits for."""
UNITS_PER_WORKER = 4
SLICE_PUTS_PER_S = 500


def listed_pages(request: CapacityRequest) -> int:
    """Of all folders that the run looks at, taken for equally full."""
    return math.ceil(request.files * (request.lookback_days + 1) / PAGE_KEYS)


def list_s(request: CapacityRequest) -> float:
    return listed_pages(request) * max(PAGE_S / request.list_parallelism, PAGE_CPU_S)


def plan_s(request: CapacityRequest) -> float:
    return request.files * MANIFEST_CPU_S_PER_FILE + request.files / request.unit_max_files / SLICE_PUTS_PER_S


def label_s(request: CapacityRequest, workers: int) -> float:
    """From the first message to the last receipt; the last unit of a worker may start late."""
    steps = ready_at(workers, request.warm_workers, request.ramp)
    last_unit_s = unit_files(request, workers) / request.files_per_second
    return finished_s(request.files, request.files_per_second, steps) + last_unit_s


def fewest_workers(request: CapacityRequest, time_s: float) -> int:
    """That label in so many seconds; `max_workers` when they can't."""
    workers = smallest_that(lambda count: label_s(request, count) <= time_s, request.max_workers)
    return workers or request.max_workers


def unit_files(request: CapacityRequest, workers: int) -> int:
    """Small enough to balance the workers and to lose little, within the limits of a unit."""
    return max(
        1,
        min(
            request.unit_max_files,
            int(request.unit_max_bytes / request.mean_bytes),
            int(request.files_per_second * UNIT_TARGET_S),
            math.ceil(request.files / (workers * UNITS_PER_WORKER)),
        ),
    )


def smallest_that(holds: Callable[[int], bool], last: int) -> int | None:
    """The smallest of 1 to `last` for which it holds, when it holds for all larger ones; None when it never does."""
    if not holds(last):
        return None
    low, high = 1, last
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
