"""Why a run can't be done as requested, and which change would be enough (pure)."""

import math

from pydantic import BaseModel, ConfigDict

from labeler.planning.loads import GET_PER_S, Load
from labeler.planning.request import CapacityRequest
from labeler.planning.timing import label_s, smallest_that

MANY_WORKERS = 5_000


class Obstacle(BaseModel):
    """Why it does not work, and what would."""

    model_config = ConfigDict(frozen=True)
    reason: str
    hint: str


def deadline_obstacles(request: CapacityRequest, total_s: float, time_s: float) -> list[Obstacle]:
    if total_s <= request.deadline_s:
        return []
    reason = (
        f"{request.max_workers} workers end after {total_s / 60:.1f} min, "
        f"the deadline is {request.deadline_s / 60:.1f} min"
    )
    hints = [*_alternatives(request, time_s), f"a deadline of {math.ceil(total_s / 60)} min"]
    return [Obstacle(reason=reason, hint=", or ".join(hints))]


def _alternatives(request: CapacityRequest, time_s: float) -> list[str]:
    """One change each that would be enough, all else being equal."""

    def fits(**changed: int) -> bool:
        other = request.model_copy(update=changed)
        return label_s(other, other.max_workers) <= time_s

    workers = smallest_that(lambda count: fits(max_workers=count), MANY_WORKERS)
    warm = smallest_that(lambda count: fits(warm_workers=count), request.max_workers)
    rate = smallest_that(lambda count: fits(files_per_second=count), 100 * math.ceil(request.files_per_second))
    hints = {
        f"up to {workers} workers": workers,
        f"{warm} workers warm before the run": warm,
        f"a model that lets a worker do {rate} files/s": rate,
    }
    return [hint for hint, value in hints.items() if value is not None]


def quota_obstacles(loads: tuple[Load, ...]) -> list[Obstacle]:
    hints = {
        "S3 GET/s": f"spread a day's keys over {math.ceil(loads[0].peak / GET_PER_S)} prefixes, or allow more time",
        "S3 LIST/s": "list with less parallelism",
        "manifest Lambda s": "raise list_parallelism, or split the landing folder over several runs",
        "manifest Lambda MB": "split the landing folder over several runs",
    }
    return [
        Obstacle(
            reason=f"{load.name} would reach {load.peak:,.0f}, AWS gives {load.quota:,.0f}",
            hint=hints.get(load.name, "use larger units"),
        )
        for load in loads
        if not load.is_within
    ]
