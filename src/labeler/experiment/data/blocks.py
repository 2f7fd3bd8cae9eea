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
Done = TypeVar("Done")
AHEAD = 2
"""Jobs on their way for each process: none waits, and memory stays bounded."""

_adopted: list[Callable[[Any], Any]] = []


def run_blocks(work: Callable[[Job], Done], jobs: Iterable[Job], *, processes: int) -> Iterator[Done]:
    """`work` of each job, in the order of the jobs. With several processes `work` has to be picklable.

    Raises what `work` raises, and PermanentError when a process was killed.
    """
    if processes == 1:
        yield from map(work, jobs)
        return
    # fork would copy locks that threads of this process hold
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_adopt, initargs=(work,))
    running: deque[Future[Done]] = deque()
    try:
        for job in jobs:
            running.append(pool.submit(_work, job))
            if len(running) > AHEAD * processes:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    except BrokenProcessPool as error:
        raise PermanentError(
            "a process of this step was killed", hint="it may lack memory: give fewer --processes"
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _adopt(work: Callable[[Any], Any]) -> None:
    _adopted[:] = [work]


def _work(job: Any) -> Any:
    return _adopted[0](job)


def of_files(compute: Callable[[list[RawFile]], Done], files: list[RawFile]) -> Done:
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
