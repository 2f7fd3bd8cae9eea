"""How fast workers come, and when a given number of files is labeled (pure).

Sources: KEDA polls every 30 s by default; an HPA adds at most 100 % or 4 pods per 15 s, whichever is more
(kubernetes.io, horizontal pod autoscaling, default behaviour); an EKS node is ready in 45 to 65 s.
`image_s` is an assumption; measure it on the cluster.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Seconds = Annotated[float, Field(ge=0)]


class Ramp(BaseModel):
    """What passes between the first message and a worker that labels."""

    model_config = ConfigDict(frozen=True)
    poll_s: Seconds = 30
    step_s: Annotated[float, Field(gt=0)] = 15
    step_pods: Annotated[int, Field(ge=1)] = 4
    node_s: Seconds = 65
    image_s: Seconds = 20
    model_s: Seconds = 8
    """Import of the model's library and load of the model."""

    @property
    def start_up_s(self) -> float:
        """From the decision to a pod on a new node that labels."""
        return self.node_s + self.image_s + self.model_s


def ready_at(workers: int, warm: int, ramp: Ramp) -> list[tuple[float, int]]:
    """(seconds after the first message, workers that get ready then) until there are `workers`.

    `warm` workers wait already when the first message comes.
    """
    running = min(warm, workers)
    steps = [(0.0, running)] if running else []
    scaled_at_s = ramp.poll_s
    while running < workers:
        added = min(max(running, ramp.step_pods), workers - running)
        steps.append((scaled_at_s + ramp.start_up_s, added))
        running += added
        scaled_at_s += ramp.step_s
    return steps


def finished_s(files: int, files_per_second: float, steps: list[tuple[float, int]]) -> float:
    """When the workers of `steps` have labeled the files; each does `files_per_second` once it is ready."""
    left = files / files_per_second  # worker seconds
    now, running = 0.0, 0
    for at, added in steps:
        if running * (at - now) >= left:
            break
        left -= running * (at - now)
        now, running = at, running + added
    return now + left / running if left > 0 else now
