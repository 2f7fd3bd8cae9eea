"""An engine makes a part of each block of files: in this process, or in several of this machine."""

from collections.abc import Callable, Iterable, Iterator

from labeler.experiment.data.blocks import run_blocks
from labeler.experiment.data.parts import Job, PartSummary, PartWriter

Engine = Callable[[PartWriter, Iterable[Job]], Iterator[tuple[Job, PartSummary]]]
"""Makes a part of each job, and gives their summaries in the order of their numbers."""


def local_engine(processes: int) -> Engine:
    def run(writer: PartWriter, jobs: Iterable[Job]) -> Iterator[tuple[Job, PartSummary]]:
        return run_blocks(_WithJob(writer), jobs, processes=processes)

    return run


class _WithJob:
    """Returns the job with its summary: whoever reads the summaries has not kept the jobs."""

    def __init__(self, writer: PartWriter) -> None:
        self._writer = writer

    def __call__(self, job: Job) -> tuple[Job, PartSummary]:
        return job, self._writer(job)
