"""What a capacity plan is made for: files, deadline, and what the cluster allows."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from labeler.planning.ramp import Ramp

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
