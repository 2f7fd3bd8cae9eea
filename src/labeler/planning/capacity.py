"""Can a run of so many files end in time, with how many workers, and within AWS's quotas? (pure)

0 ........ manifest_s ............................ total_s ......... deadline_s
list, partition, write      label, while workers ramp up     publish          slack
"""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

from labeler.planning.loads import Load, loads_of, quantities_of
from labeler.planning.obstacles import Obstacle, deadline_obstacles, quota_obstacles
from labeler.planning.prices import PRICES_SOURCE, CostLine, cost
from labeler.planning.ramp import ready_at
from labeler.planning.request import CapacityRequest
from labeler.planning.timing import PUBLISH_S, fewest_workers, label_s, list_s, plan_s, unit_files


class Phase(BaseModel):
    model_config = ConfigDict(frozen=True)
    name: Literal["list", "plan", "label", "publish"]
    seconds: float


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
    phases: tuple[Phase, ...]
    total_s: float
    slack_s: float
    first_label_s: float
    """From the start of the run until a worker labels."""
    loads: tuple[Load, ...]
    costs: tuple[CostLine, ...]
    cost_usd: float
    prices: str = PRICES_SOURCE


def plan_capacity(request: CapacityRequest) -> CapacityPlan:
    """The plan with the fewest workers; a run that can't be done raises nothing: its obstacles say why."""
    manifest_s = list_s(request) + plan_s(request)
    time_s = request.deadline_s - manifest_s - PUBLISH_S
    workers = fewest_workers(request, time_s)
    size = unit_files(request, workers)
    labeling_s = label_s(request, workers)
    total_s = manifest_s + labeling_s + PUBLISH_S
    loads = loads_of(request, workers, math.ceil(request.files / size))
    costs = cost(quantities_of(request, loads, workers * labeling_s / 3600, manifest_s))
    obstacles = (*deadline_obstacles(request, total_s, time_s), *quota_obstacles(loads))
    return CapacityPlan(
        is_feasible=not obstacles,
        obstacles=obstacles,
        workers=workers,
        unit_files=size,
        units=math.ceil(request.files / size),
        rows=round(request.files * request.mean_rows),
        phases=(
            Phase(name="list", seconds=list_s(request)),
            Phase(name="plan", seconds=plan_s(request)),
            Phase(name="label", seconds=labeling_s),
            Phase(name="publish", seconds=PUBLISH_S),
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
    loads = loads_of(request, max(workers, 1), units)
    return cost(quantities_of(request, loads, worker_hours, list_s(request) + plan_s(request)))
