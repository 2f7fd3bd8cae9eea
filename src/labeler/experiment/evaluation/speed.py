"""What a row costs a worker: the worker's own `predict`, on one thread, in the worker's blocks."""

from collections.abc import Callable
from statistics import median

import numpy as np

from labeler.models.bundle import LoadedModel
from labeler.models.predict import predict
from labeler.settings import WorkerSettings

BLOCK_ROWS: int = WorkerSettings.model_fields["predict_block_rows"].default
ROUNDS = 3
BLOCKS_PER_ROUND = 3
LONG_ENOUGH_S = 1.5
"""No further round after so much: a model that slow is told apart by its first one."""

Clock = Callable[[], float]
"""Seconds. CPU time of this process says what a core of one's own would take, also on a busy machine."""


def us_per_row(
    model: LoadedModel,
    matrix: np.ndarray,
    *,
    clock: Clock,
    block_rows: int = BLOCK_ROWS,
    rounds: int = ROUNDS,
    blocks: int = BLOCKS_PER_ROUND,
) -> float:
    """Microseconds of a row; `matrix` float32 (n, features), n >= 1.

    Fewer rows than a block are repeated in their order, which flatters the cache a little. After a block that is not
    timed, each round takes the median of its blocks; the best round counts, since what disturbs only ever adds.
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    block = np.ascontiguousarray(matrix[np.arange(block_rows) % len(matrix)])

    def seconds() -> float:
        began = clock()
        predict(model, block, block_rows=block_rows)
        return clock() - began

    seconds_by_round: list[list[float]] = []
    with threadpool_limits(limits=1):
        predict(model, block, block_rows=block_rows)
        while len(seconds_by_round) < rounds and sum(map(sum, seconds_by_round)) < LONG_ENOUGH_S:
            seconds_by_round.append([seconds() for _ in range(blocks)])
    return min(map(median, seconds_by_round)) / block_rows * 1e6
