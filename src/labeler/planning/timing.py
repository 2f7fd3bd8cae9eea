"""What is asked of a run, and how long its parts take (pure)."""

import math
from collections.abc import Callable
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from labeler.manifest.listing import PAGE_KEYS
from labeler.planning.ramp import Ramp, finished_s, ready_at

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

Positive = Annotated[float, Field(gt=0)]


class CapacityRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    files: Annotated[int, Field(ge=1)]
    mean_rows: Positive = 170
    mean_bytes: Positive = 17_000
    deadline_s: Positive = 1800
    files_per_second: Positive = 500
    """Of one worker."""
    max_workers: Annotated[int, Field(ge=1)] = 200
    warm_workers: Annotated[int, Field(ge=0)] = 0
    """Workers that are up before the first message."""
    unit_max_files: Annotated[int, Field(ge=1)] = 2000
    unit_max_bytes: Annotated[int, Field(ge=1)] = 64 * 1024 * 1024
    lookback_days: Annotated[int, Field(ge=0)] = 2
    list_parallelism: Annotated[int, Field(ge=1)] = 32
    key_prefixes: Annotated[int, Field(ge=1)] = 1
    """Over how many prefixes a day's keys are spread evenly."""
    ramp: Ramp = Ramp()


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
    found = first_that(lambda workers: label_s(request, workers) <= time_s, request.max_workers)
    return found or request.max_workers


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


def first_that(holds: Callable[[int], bool], last: int) -> int | None:
    """The smallest of 1 to `last` for which it holds, when it holds for all larger ones; None when it never does."""
    if not holds(last):
        return None
    low, high = 1, last
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low
