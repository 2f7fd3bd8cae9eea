"""Blocks of files through one function, in their order, in this process or in several."""

import multiprocessing
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any, TypeVar

from labeler.errors import LabelerError, PermanentError
from labeler.task import RawFile

Job = TypeVar("Job")
Result = TypeVar("Result")
PENDING_JOBS_PER_PROCESS = 2
"""None waits for work, and memory stays bounded."""

_process_function: list[Callable[[Any], Any]] = []
"""The one function that this process of a pool calls."""


def run_blocks(compute: Callable[[Job], Result], jobs: Iterable[Job], *, processes: int) -> Iterator[Result]:
    """`compute` of each job, in the order of the jobs. With several processes `compute` has to be picklable.

    Raises what `compute` raises, and PermanentError when a process was killed.
    """
    if processes == 1:
        yield from map(compute, jobs)
        return
    # fork would copy locks that threads of this process hold
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_initialize, initargs=(compute,))
    pending: deque[Future[Result]] = deque()
    try:
        for job in jobs:
            pending.append(pool.submit(_run_job, job))
            if len(pending) > PENDING_JOBS_PER_PROCESS * processes:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    except BrokenProcessPool as error:
        raise PermanentError(
            "a process of this step was killed", hint="it may lack memory: give fewer --processes"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _initialize(compute: Callable[[Any], Any]) -> None:
    _process_function[:] = [compute]


def _run_job(job: Any) -> Any:
    return _process_function[0](job)


def run_task_code(compute: Callable[[list[RawFile]], Result], files: list[RawFile]) -> Result:
    """`compute(files)`; when the task's code has a bug, a LabelerError that names a file, the place and no value."""
    try:
        return compute(files)
    except LabelerError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever the task's code raises
        frame = traceback.extract_tb(error.__traceback__)[-1]
        failing = next((file.key for file in files if _fails(compute, file)), f"{len(files)} files together")
        # without its cause: an exception's message may hold values of a row
        raise LabelerError(
            f"the task's code failed on {failing}: {type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}",
            hint="this is a bug of the task: repair it, or leave the file out",
        ) from None


def _fails(compute: Callable[[list[RawFile]], Any], file: RawFile) -> bool:
    try:
        compute([file])
    except Exception:  # noqa: BLE001 - whatever the task's code raises
        return True
    return False
