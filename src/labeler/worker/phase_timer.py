"""How long each phase of a unit's work takes."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class PhaseTimer:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)

    @contextmanager
    def measure(self, phase: str) -> Iterator[None]:
        """CPU of this thread: on one core the wall clock would count the fetching of the next block as ours."""
        start = time.thread_time()
        try:
            yield
        finally:
            self.seconds[phase] += time.thread_time() - start
