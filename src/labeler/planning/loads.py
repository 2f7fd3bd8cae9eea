"""The load that a run puts on each AWS service, against the service's quota, and what is billed for it (pure)."""

import math

from pydantic import BaseModel, ConfigDict

from labeler.planning.prices import NODE_CPUS_PER_WORKER, REQUESTS_PER_UNIT
from labeler.planning.request import CapacityRequest
from labeler.planning.timing import MANIFEST_BYTES_PER_FILE, SLICE_PUTS_PER_S, list_s, listed_pages, plan_s

MESSAGES_PER_WORKER = 2
LAMBDA_MAX_S = 900
LAMBDA_MAX_MB = 10_240
GET_PER_S = 5_500
PUT_PER_S = 3_500
IN_FLIGHT = 120_000


class Load(BaseModel):
    """The run's load on a service, against the service's quota."""

    model_config = ConfigDict(frozen=True)
    name: str
    total: int
    peak: float
    quota: float

    @property
    def is_within(self) -> bool:
        return self.peak <= self.quota


def loads_of(request: CapacityRequest, workers: int, units: int) -> tuple[Load, ...]:
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


def quantities_of(
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
