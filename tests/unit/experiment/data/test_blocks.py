"""Blocks through one function: in their order, in one process or several, and with errors that tell no values."""

import itertools
import os

import pytest

from labeler.errors import InputInvalidError, LabelerError, PermanentError
from labeler.experiment.data.blocks import run_blocks, run_task_code
from labeler.task import RawFile


def double(job: int) -> tuple[int, int]:
    return job * 2, os.getpid()


def refuse_three(job: int) -> int:
    if job == 3:
        raise InputInvalidError("three", hint="give another")
    return job


def kill_process(job: int) -> int:
    os._exit(9)


@pytest.mark.parametrize("processes", [1, 2])
def test_results_come_in_the_order_of_the_jobs(processes: int) -> None:
    results = list(run_blocks(double, range(20), processes=processes))

    assert [value for value, _ in results] == list(range(0, 40, 2))
    assert (os.getpid() in {process for _, process in results}) == (processes == 1)


def test_jobs_are_read_only_as_results_are_consumed() -> None:
    """An endless listing: memory is bounded by the pending jobs."""
    taken = itertools.count()
    running = run_blocks(double, taken, processes=2)

    assert next(running)[0] == 0
    running.close()

    assert next(taken) < 10


@pytest.mark.parametrize("processes", [1, 2])
def test_error_of_a_job_keeps_its_class_and_hint(processes: int) -> None:
    with pytest.raises(InputInvalidError) as refused:
        list(run_blocks(refuse_three, range(6), processes=processes))

    assert (refused.value.message, refused.value.hint) == ("three", "give another")


def test_killed_process_raises_permanent_error() -> None:
    with pytest.raises(PermanentError, match="was killed"):
        list(run_blocks(kill_process, range(3), processes=2))


def test_bug_in_task_code_names_file_and_line_but_no_value() -> None:
    def compute(files: list[RawFile]) -> int:
        return sum(int(file.body) for file in files)

    files = [RawFile("a.csv", b"1"), RawFile("b.csv", b"secret"), RawFile("c.csv", b"3")]
    assert run_task_code(compute, files[:1]) == 1
    with pytest.raises(LabelerError) as failed:
        run_task_code(compute, files)

    assert "b.csv: ValueError at test_blocks.py:" in failed.value.message
    assert "secret" not in str(failed.value)
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    assert failed.value.exit_code == 1
