"""Can a run of so many files end in time, with how many workers, and what does it ask of AWS? (pure)

0 ........ manifest_s ............................ total_s ......... deadline_s
list, partition, write      label, while workers ramp up     publish          slack
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

from labeler.planning.prices import NODE_CPUS_PER_WORKER, PRICES_SOURCE, REQUESTS_PER_UNIT, CostLine, cost
from labeler.planning.ramp import Ramp, ready_at
from labeler.planning.timing import (
    MANIFEST_BYTES_PER_FILE,
    PUBLISH_S,
    SLICE_PUTS_PER_S,
    CapacityRequest,
    fewest_workers,
    first_that,
    label_s,
    list_s,
    listed_pages,
    plan_s,
    unit_files,
)

__all__ = ["CapacityPlan", "CapacityRequest", "CostLine", "Load", "Obstacle", "Ramp", "Stage", "plan_capacity"]

MESSAGES_PER_WORKER = 2
LAMBDA_MAX_S = 900
LAMBDA_MAX_MB = 10_240
GET_PER_S = 5_500
PUT_PER_S = 3_500
IN_FLIGHT = 120_000
MANY_WORKERS = 5_000


class Stage(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: Literal["list", "plan", "label", "publish"]
    seconds: float


class Load(BaseModel):
    """What the run asks of a service, against what the service gives."""

    model_config = ConfigDict(frozen=True)
    name: str
    total: int
    peak: float
    quota: float

    @property
    def is_within(self) -> bool:
        return self.peak <= self.quota


class Obstacle(BaseModel):
    """Why it does not work, and what would."""

    model_config = ConfigDict(frozen=True)
    reason: str
    hint: str


class CapacityPlan(BaseModel):
    model_config = ConfigDict(frozen=True)
    is_feasible: bool
    obstacles: tuple[Obstacle, ...]
    """Empty when feasible."""
    workers: int
    """The fewest that end in time; `max_workers` when that is not enough."""
    unit_files: int
    units: int
    rows: int
    stages: tuple[Stage, ...]
    total_s: float
    slack_s: float
    first_label_s: float
    """From the start of the run until a worker labels."""
    loads: tuple[Load, ...]
    costs: tuple[CostLine, ...]
    cost_usd: float
    prices: str = PRICES_SOURCE


def plan_capacity(request: CapacityRequest) -> CapacityPlan:
    """The plan with the fewest workers; never raises for a run that can't be done: it says why not."""
    manifest_s = list_s(request) + plan_s(request)
    time_s = request.deadline_s - manifest_s - PUBLISH_S
    workers = fewest_workers(request, time_s)
    size = unit_files(request, workers)
    labeling_s = label_s(request, workers)
    total_s = manifest_s + labeling_s + PUBLISH_S
    loads = _loads(request, workers, math.ceil(request.files / size))
    costs = cost(_quantities(request, loads, workers * labeling_s / 3600, manifest_s))
    obstacles = (*_late(request, total_s, time_s), *_over_quota(loads))
    return CapacityPlan(
        is_feasible=not obstacles,
        obstacles=obstacles,
        workers=workers,
        unit_files=size,
        units=math.ceil(request.files / size),
        rows=round(request.files * request.mean_rows),
        stages=(
            Stage(name="list", seconds=list_s(request)),
            Stage(name="plan", seconds=plan_s(request)),
            Stage(name="label", seconds=labeling_s),
            Stage(name="publish", seconds=PUBLISH_S),
        ),
        total_s=total_s,
        slack_s=request.deadline_s - total_s,
        first_label_s=manifest_s + ready_at(workers, request.warm_workers, request.ramp)[0][0],
        loads=loads,
        costs=costs,
        cost_usd=sum(line.usd for line in costs),
    )


def cost_of_run(*, files: int, units: int, workers: int, worker_hours: float, lasted_s: float) -> tuple[CostLine, ...]:
    """What a run has cost, by what its ledger and receipts say; a run that is open: so far. Nothing without files."""
    if not files or not units:
        return ()
    request = CapacityRequest(files=files, deadline_s=max(lasted_s, 1.0))
    loads = _loads(request, max(workers, 1), units)
    return cost(_quantities(request, loads, worker_hours, list_s(request) + plan_s(request)))


def _loads(request: CapacityRequest, workers: int, units: int) -> tuple[Load, ...]:
    """Peaks: all workers at full speed; the listing while it runs."""
    files_per_s = request.files_per_second * workers
    units_per_s = files_per_s / (request.files / units)
    pages = listed_pages(request)
    memory_mb = MANIFEST_BYTES_PER_FILE * request.files / 2**20
    gets, puts = GET_PER_S * request.key_prefixes, PUT_PER_S
    manifest_s = list_s(request) + plan_s(request)
    # model and reference once a worker
    read = request.files + round(REQUESTS_PER_UNIT["S3 GET"] * units) + 2 * workers
    written, write_peak = REQUESTS_PER_UNIT["S3 PUT"], (REQUESTS_PER_UNIT["S3 PUT"] - 1) * units_per_s
    return (
        Load(name="S3 GET/s", total=read, peak=files_per_s, quota=gets),
        # the slices are written before the rest
        Load(name="S3 PUT/s", total=round(written * units), peak=max(write_peak, SLICE_PUTS_PER_S), quota=puts),
        Load(name="S3 LIST/s", total=pages, peak=pages / list_s(request), quota=gets),
        Load(name="SQS in flight", total=units, peak=workers * MESSAGES_PER_WORKER, quota=IN_FLIGHT),
        Load(name="manifest Lambda s", total=math.ceil(manifest_s), peak=manifest_s, quota=LAMBDA_MAX_S),
        Load(name="manifest Lambda MB", total=math.ceil(memory_mb), peak=memory_mb, quota=LAMBDA_MAX_MB),
    )


def _quantities(
    request: CapacityRequest, loads: tuple[Load, ...], worker_hours: float, manifest_s: float
) -> dict[str, float]:
    total = {load.name: load.total for load in loads}
    units, node_hours = total["SQS in flight"], worker_hours * NODE_CPUS_PER_WORKER
    return {
        "compute c7i": node_hours,
        "EKS Auto Mode": node_hours,
        "S3 GET": total["S3 GET/s"],
        "S3 PUT": total["S3 PUT/s"],
        "S3 LIST": total["S3 LIST/s"],
        "SQS": units * REQUESTS_PER_UNIT["SQS"],
        "Lambda arm64": manifest_s * max(2.0, total["manifest Lambda MB"] / 1024) + units * 0.1,
        # and a forecast each minute
        "DynamoDB write": units * REQUESTS_PER_UNIT["DynamoDB write"] + request.deadline_s / 60,
        "DynamoDB read": units * REQUESTS_PER_UNIT["DynamoDB read"],
    }


def _late(request: CapacityRequest, total_s: float, time_s: float) -> list[Obstacle]:
    if total_s <= request.deadline_s:
        return []
    reason = (
        f"{request.max_workers} workers end after {total_s / 60:.1f} min, "
        f"the deadline is {request.deadline_s / 60:.1f} min"
    )
    ways = [*_ways_out(request, time_s), f"a deadline of {math.ceil(total_s / 60)} min"]
    return [Obstacle(reason=reason, hint=", or ".join(ways))]


def _ways_out(request: CapacityRequest, time_s: float) -> list[str]:
    """One change each that would be enough, all else being equal."""

    def fits(**changed: int) -> bool:
        other = request.model_copy(update=changed)
        return label_s(other, other.max_workers) <= time_s

    workers = first_that(lambda count: fits(max_workers=count), MANY_WORKERS)
    warm = first_that(lambda count: fits(warm_workers=count), request.max_workers)
    rate = first_that(lambda count: fits(files_per_second=count), 100 * math.ceil(request.files_per_second))
    ways = {
        f"up to {workers} workers": workers,
        f"{warm} workers warm before the run": warm,
        f"a model that lets a worker do {rate} files/s": rate,
    }
    return [way for way, found in ways.items() if found is not None]


def _over_quota(loads: tuple[Load, ...]) -> list[Obstacle]:
    ways = {
        "S3 GET/s": f"spread a day's keys over {math.ceil(loads[0].peak / GET_PER_S)} prefixes, or allow more time",
        "S3 LIST/s": "list with less parallelism",
        "manifest Lambda s": "raise list_parallelism, or split the landing folder over several runs",
        "manifest Lambda MB": "split the landing folder over several runs",
    }
    return [
        Obstacle(
            reason=f"{load.name} would reach {load.peak:,.0f}, AWS gives {load.quota:,.0f}",
            hint=ways.get(load.name, "use larger units"),
        )
        for load in loads
        if not load.is_within
    ]
